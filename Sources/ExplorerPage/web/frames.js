// The explorer: frames.
export {};
