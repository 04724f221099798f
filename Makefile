# linlearn: linear learners inside PostgreSQL.
#
#   make && make install && make installcheck   as for every extension; in
#                another folder too, by make -f path/to/Makefile
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
	endpoint.sql pictures.sql progress.sql cluster.sql exchange.sql texts.sql privileges.sql)
DATA_built = sql/$(EXTENSION)--$(EXTVERSION).sql
# Scripts of earlier releases, and from them on.
DATA = sql/$(EXTENSION)--0.1.0.sql sql/$(EXTENSION)--0.1.0.control \
	sql/$(EXTENSION)--0.1.0--0.2.0.sql
# Beside PostgreSQL's own, in a folder whose links lead from page to page.
DOCUMENTS = README.md CHANGELOG.md LICENSE $(call sources,docs/*.md contrib/gateway/*)

# Where this file is: all names below are as seen from there, and the sources
# are found there whatever folder make runs in.
here := $(patsubst %/,%,$(dir $(firstword $(MAKEFILE_LIST))))
sources = $(sort $(patsubst $(here)/%,%,$(wildcard $(addprefix $(here)/,$(1)))))

CORE_SRCS := $(call sources,src/core/*/*.c src/formats/*.c src/io/*.c)
OBJS = src/linlearn.o $(patsubst %.c,%.o,$(CORE_SRCS) $(call sources,src/pg/*/*.c))

REGRESS = $(patsubst test/sql/%.sql,%,$(call sources,test/sql/*.sql))
# From 16 on the expected output is not looked for where the input is.
REGRESS_OPTS = --inputdir=$(here)/test --outputdir=build/regress \
	$(if $(filter 13 14 15,$(MAJORVERSION)),,--expecteddir=$(here)/test)
# What was downloaded to build/ stays until make distclean.
EXTRA_CLEAN = build/built-for build/regress build/unit build/fuzz \
	sql/$(EXTENSION)--$(EXTVERSION).sql

PG_CPPFLAGS = -I$(here)/src
# Products are fused with sums nowhere but in training's innermost loop, so that
# what a model answers is the same to the bit on every machine.
UNFUSED = -ffp-contract=off
PG_CFLAGS = -O3 $(UNFUSED) -fno-math-errno -fno-trapping-math -Wextra \
	-Wno-unused-parameter -Wno-sign-compare -Wno-missing-field-initializers \
	-Wno-declaration-after-statement
# libm's declarations and PostgreSQL's own headers are outside these warnings'
# scope; WERROR=1 (as make test has it) turns what is left into errors.
ifdef WERROR
PG_CFLAGS += -Werror
endif
SHLIB_LINK = -lcurl -lz -lm -lpthread -ldl

# Only what the user says is passed on to scripts, which otherwise choose.
ifneq ($(origin PG_CONFIG),undefined)
GIVEN_PG_CONFIG := $(PG_CONFIG)
endif
PG_CONFIG ?= pg_config
PGXS := $(wildcard $(shell $(PG_CONFIG) --pgxs 2>/dev/null))
ifneq ($(PGXS),)
include $(PGXS)
installcheck: | build
build:
	mkdir -p $@
install: $(if $(DOCUMENTS),install-documents)
install-documents:
	$(MKDIR_P) $(addprefix '$(DESTDIR)$(docdir)/extension/$(EXTENSION)'/,$(sort $(dir $(DOCUMENTS))))
	for file in $(DOCUMENTS); do \
		$(INSTALL_DATA) "$(here)/$$file" '$(DESTDIR)$(docdir)/extension/$(EXTENSION)'/"$$file" || exit; \
	done
uninstall: uninstall-documents
uninstall-documents:
	rm -rf '$(DESTDIR)$(docdir)/extension/$(EXTENSION)'
.PHONY: install-documents uninstall-documents
distclean maintainer-clean: clean-all
clean-all:
	rm -rf build
.PHONY: clean-all
# Only the SQL-callable functions leave the library: PostgreSQL loads modules
# with RTLD_GLOBAL, so an internal name could otherwise meet another module's.
ifneq ($(PORTNAME),darwin)
SHLIB_LINK += -Wl,--version-script=$(here)/src/linlearn.map
endif
else
all install installcheck:
	@echo 'no PostgreSQL development files for PG_CONFIG=$(PG_CONFIG);' \
		'run scripts/demo, or scripts/install-deps build, or set PG_CONFIG' >&2
	@false
endif

# What was built for one server is not for another: the mark below is written,
# and all is built anew, when the server that it names is not this one.  So is
# the script, lest a build in a folder of its own takes that of the sources'
# folder; such a build gets its folders here as well.
SERVER := $(shell $(PG_CONFIG) --version --includedir-server --pkglibdir 2>/dev/null)
ifneq ($(SERVER),$(shell cat build/built-for 2>/dev/null))
.PHONY: build/built-for
endif
build/built-for:
	@mkdir -p $(sort build sql $(dir $(OBJS))) && echo '$(SERVER)' >$@
$(OBJS) $(OBJS:.o=.bc): build/built-for

sql/$(EXTENSION)--$(EXTVERSION).sql: $(SQL_PARTS) build/built-for
	cat $(filter %.sql,$^) > $@

$(OBJS): $(addprefix $(here)/,$(call sources,src/*.h src/core/*/*.h src/formats/*.h src/io/*.h src/pg/*/*.h))

# Training follows the machine's BLAS in any case.  GCC 14 would leave the sums of
# a single row unfused, which then were not those of six rows.
FUSED = -ffp-contract=fast $(shell $(CC) --param=avoid-fma-max-bits=0 \
	-fsyntax-only -x c /dev/null 2>/dev/null && echo --param=avoid-fma-max-bits=0)
src/core/math/narrow.o: override CFLAGS += $(FUSED)
# Products and sums of whole numbers are exact.
src/core/math/digit_products.o src/core/shards/shard_product.o: override CFLAGS += $(FUSED)
src/core/solve/fold_lane.o: override CFLAGS += -fno-tree-vectorize
# The server's just-in-time compiler inlines from this form of the sources.
BITCODE_CFLAGS += $(UNFUSED)

include $(here)/scripts/targets.mk
