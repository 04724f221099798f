# The targets beyond PGXS: unit tests, layers, fuzzing, demo, test, bench.
.PHONY: demo test test-debian bench unit unit-programs unit-release fuzz fuzz-programs fuzz-smoke \
	check-layers check-headers check-symbols check-docs check-build check-archive \
	check-levels check-package format-check dist deb

# The core, the formats and the transfers are plain C: they are tested without
# a server, under AddressSanitizer and UndefinedBehaviorSanitizer.
UNIT_CC ?= cc
UNIT_CFLAGS ?= -std=gnu11 -O1 -g $(UNFUSED) -fno-omit-frame-pointer -Wall -Wextra \
	-Wno-unused-parameter -Wno-sign-compare -Wno-missing-field-initializers \
	-Werror
SANITIZE ?= -fsanitize=address,undefined -fno-sanitize-recover=all
UNIT_LIBS = -lcmocka -lcurl -lz -lm -lpthread -ldl
UNIT_HEADERS = $(addprefix $(here)/,$(call sources,src/core/*/*.h src/formats/*.h src/io/*.h test/unit/*.h))
UNIT_OBJS = $(CORE_SRCS:%.c=build/unit/%.o)
UNIT_PROGRAMS = $(patsubst test/unit/%.c,build/unit/%,$(call sources,test/unit/test_*.c))

build/unit/src/%.o: src/%.c $(UNIT_HEADERS)
	@mkdir -p $(@D)
	$(UNIT_CC) $(UNIT_CFLAGS) $(SANITIZE) -I$(here)/src -c $< -o $@

build/unit/test_%: test/unit/test_%.c $(UNIT_OBJS) $(UNIT_HEADERS)
	$(UNIT_CC) $(UNIT_CFLAGS) $(SANITIZE) -I$(here)/src -I$(here)/test/unit $< $(UNIT_OBJS) \
		$(UNIT_LIBS) -o $@

unit-programs: $(UNIT_PROGRAMS)

unit: $(UNIT_PROGRAMS)
	@$(here)/scripts/unit $(UNIT_PROGRAMS)

# The same with the objects of the module, as a release has them: vectors, levels
# of processors and all.
RELEASE_PROGRAMS = $(UNIT_PROGRAMS:build/unit/%=build/release/%)
RELEASE_OBJS = $(CORE_SRCS:.c=.o)

build/release/test_%: test/unit/test_%.c $(RELEASE_OBJS) $(UNIT_HEADERS)
	@mkdir -p $(@D)
	$(UNIT_CC) $(UNIT_CFLAGS) -I$(here)/src -I$(here)/test/unit $< $(RELEASE_OBJS) \
		$(UNIT_LIBS) -o $@

unit-release: $(RELEASE_PROGRAMS)
	@$(here)/scripts/unit $(RELEASE_PROGRAMS)

check-levels: $(RELEASE_OBJS)
	@CC='$(CC)' CFLAGS='$(CFLAGS) $(CFLAGS_SL)' $(here)/scripts/$@

# libFuzzer is clang's.
FUZZ_CC ?= clang
FUZZ_SECONDS ?= 60
FUZZ_CFLAGS = -std=gnu11 -O1 -g $(UNFUSED) -fno-omit-frame-pointer \
	-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all
FUZZ_OBJS = $(CORE_SRCS:%.c=build/fuzz/%.o)
FUZZ_PROGRAMS = $(patsubst test/fuzz/%.c,build/fuzz/%,$(call sources,test/fuzz/fuzz_*.c))

build/fuzz/src/%.o: src/%.c $(UNIT_HEADERS)
	@mkdir -p $(@D)
	$(FUZZ_CC) $(FUZZ_CFLAGS) -I$(here)/src -c $< -o $@

build/fuzz/fuzz_%: test/fuzz/fuzz_%.c $(FUZZ_OBJS) $(UNIT_HEADERS)
	$(FUZZ_CC) $(FUZZ_CFLAGS) -I$(here)/src $< $(FUZZ_OBJS) -lcurl -lz -lm -lpthread \
		-ldl -o $@

fuzz-programs: $(FUZZ_PROGRAMS)

fuzz: $(FUZZ_PROGRAMS)
	@$(here)/scripts/fuzz $(FUZZ_SECONDS) $(FUZZ_PROGRAMS)

fuzz-smoke: $(FUZZ_PROGRAMS)
	@$(here)/scripts/fuzz 5 $(FUZZ_PROGRAMS)

check-layers check-headers check-symbols check-docs check-build check-archive format-check:
	@PG_CONFIG='$(GIVEN_PG_CONFIG)' $(here)/scripts/$@

# A release's archives, and Debian's packages.
dist deb:
	@$(here)/scripts/$@
check-package:
	@$(here)/scripts/$@

# These set the machine up themselves: missing packages, build, install, a
# throw-away cluster.
demo test bench:
	+@PG_CONFIG='$(GIVEN_PG_CONFIG)' MAKE='$(MAKE)' $(here)/scripts/$@

# The same in another release of Debian: make test-debian SUITE=trixie.
test-debian:
	@MAKE= $(here)/scripts/test-debian '$(SUITE)'
