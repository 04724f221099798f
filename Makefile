# linlearn: linear learners inside PostgreSQL.
#
#   make && make install && make installcheck   as for every extension
#   make demo    sets the machine up, runs the tutorial in a throw-away cluster
#   make test    sets the machine up, runs every test
#   make bench   side by side with the peers
EXTENSION = linlearn
EXTVERSION = 0.2.0
MODULE_big = linlearn

# One SQL file a topic; the extension script is their concatenation, in this
# order (a file may use what an earlier one creates).
SQL_PARTS = $(addprefix sql/,prologue.sql sparse.sql load.sql train.sql predict.sql \
	inspect.sql metrics.sql registry.sql tune.sql transfer.sql formats.sql \
	endpoint.sql pictures.sql progress.sql privileges.sql)
DATA_built = sql/$(EXTENSION)--$(EXTVERSION).sql
# Scripts of earlier releases, and from them on.
DATA = sql/$(EXTENSION)--0.1.0.sql sql/$(EXTENSION)--0.1.0--0.2.0.sql

CORE_SRCS = $(sort $(wildcard src/core/*.c src/formats/*.c src/io/*.c))
OBJS = src/linlearn.o $(patsubst %.c,%.o,$(CORE_SRCS) \
	$(sort $(wildcard src/pg/*.c)))

REGRESS = $(sort $(patsubst test/sql/%.sql,%,$(wildcard test/sql/*.sql)))
REGRESS_OPTS = --inputdir=test --outputdir=build/regress
EXTRA_CLEAN = build sql/$(EXTENSION)--$(EXTVERSION).sql

PG_CPPFLAGS = -I$(srcdir)/src
PG_CFLAGS = -O3 -fno-math-errno -fno-trapping-math -Wextra \
	-Wno-unused-parameter -Wno-sign-compare -Wno-missing-field-initializers \
	-Wno-declaration-after-statement
# libm's declarations and PostgreSQL's own headers are outside these warnings'
# scope; WERROR=1 (as make test has it) turns what is left into errors.
ifdef WERROR
PG_CFLAGS += -Werror
endif
SHLIB_LINK = -lcurl -lz -lm -lpthread -ldl

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)
ifneq ($(PGXS),)
include $(PGXS)
installcheck: | build
build:
	mkdir -p $@
# Only the SQL-callable functions leave the library: PostgreSQL loads modules
# with RTLD_GLOBAL, so an internal name could otherwise meet another module's.
ifneq ($(PORTNAME),darwin)
SHLIB_LINK += -Wl,--version-script=$(srcdir)/src/linlearn.map
endif
else
all install installcheck:
	@echo 'no PostgreSQL development files for PG_CONFIG=$(PG_CONFIG);' \
		'run make demo, or scripts/install-deps build, or set PG_CONFIG' >&2
	@false
endif

sql/$(EXTENSION)--$(EXTVERSION).sql: $(SQL_PARTS)
	cat $^ > $@

$(OBJS): $(wildcard src/*.h src/core/*.h src/formats/*.h src/io/*.h src/pg/*.h)

# Drawn pixels are the same on every machine only without fused operations.
src/formats/synthetic.o: CFLAGS += -ffp-contract=off

include scripts/targets.mk
