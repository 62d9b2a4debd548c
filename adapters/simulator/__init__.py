"""The outside world, played: UnionPay ACP, tax office, treasury, non-tax platform and registry as one HTTP server.

Everything here is written from docs/protocols.md alone and imports nothing else of the project, so that an error in
an adapter meets a second opinion instead of itself.
"""
