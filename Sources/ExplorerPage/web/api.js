// The explorer: api.
export {};
