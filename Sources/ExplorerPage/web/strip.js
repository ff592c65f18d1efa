// The explorer: strip.
export {};
