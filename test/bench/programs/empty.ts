/** Nothing: what node itself takes to start and end. */
