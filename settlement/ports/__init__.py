"""What the engine needs from the outside, as Protocols with their messages. Adapters implement them."""
