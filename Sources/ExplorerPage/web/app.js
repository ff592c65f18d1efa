// The explorer: app.
export {};
