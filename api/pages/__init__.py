"""The pages: window, citizen, finance, tax office. Rendered here, in Chinese or English, from our own host alone."""
