"""Storage owns the schema, the unit of work and the SQL shape of the audit log: `Database.transact`, `tables`,
`SqlLogStore` and the migrations. It must never decide anything, nor let a caller commit half of what belongs together.
"""
