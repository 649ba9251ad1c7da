// The graph explorer.
