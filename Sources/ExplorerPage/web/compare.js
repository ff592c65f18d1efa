// The explorer: compare.
export {};
