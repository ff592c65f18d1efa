// The explorer: walk.
export {};
