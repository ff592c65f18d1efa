// The explorer: lab.
export {};
