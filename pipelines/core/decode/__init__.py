"""DecodeRecord: from bytes to a page or a wire message, by content within the class that the feed allows."""
