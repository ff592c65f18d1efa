// The explorer: dom.
export {};
