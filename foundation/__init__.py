"""What every floor stands on: money, time, identifiers, database, settings, errors, logging."""
