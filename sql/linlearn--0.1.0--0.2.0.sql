-- complain if the script is sourced in psql rather than by ALTER EXTENSION
\echo Use "ALTER EXTENSION linlearn UPDATE TO '0.2.0'" to load this file. \quit
-- What 0.2.0 changes, a section for each file that linlearn--0.2.0.sql is made
-- of, in their order.

-- sparse

-- load

-- train

-- predict

-- inspect

-- metrics

-- registry

-- tune

-- transfer

-- formats

-- endpoint

-- pictures

-- progress
