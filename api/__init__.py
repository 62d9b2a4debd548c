"""What people and other systems touch; the only floor that puts everything together."""
