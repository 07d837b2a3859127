#!/bin/sh
# Run once by the image of PostgreSQL, on an empty volume: Odoo's role is no superuser.
set -eu
psql -v ON_ERROR_STOP=1 -v password="$(cat /run/secrets/db_password)" \
    --username "$POSTGRES_USER" --dbname postgres <<'SQL'
CREATE ROLE odoo LOGIN CREATEDB PASSWORD :'password';
SQL
