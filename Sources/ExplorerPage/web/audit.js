// The explorer: audit.
export {};
