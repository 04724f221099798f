# The targets beyond PGXS: unit tests, layers, fuzzing, demo, test, bench.
.PHONY: demo test bench unit unit-programs fuzz fuzz-programs fuzz-smoke \
	check-layers check-symbols

# The core, the formats and the transfers are plain C: they are tested without
# a server, under AddressSanitizer and UndefinedBehaviorSanitizer.
UNIT_CC ?= cc
UNIT_CFLAGS ?= -std=gnu11 -O1 -g -fno-omit-frame-pointer -Wall -Wextra \
	-Wno-unused-parameter -Wno-sign-compare -Wno-missing-field-initializers \
	-Werror
SANITIZE ?= -fsanitize=address,undefined -fno-sanitize-recover=all
UNIT_LIBS = -lcmocka -lcurl -lz -lm -lpthread -ldl
UNIT_HEADERS = $(wildcard src/core/*.h src/formats/*.h src/io/*.h test/unit/*.h)
UNIT_OBJS = $(CORE_SRCS:%.c=build/unit/%.o)
UNIT_PROGRAMS = $(patsubst test/unit/%.c,build/unit/%,$(sort $(wildcard test/unit/test_*.c)))

build/unit/src/%.o: src/%.c $(UNIT_HEADERS)
	@mkdir -p $(@D)
	$(UNIT_CC) $(UNIT_CFLAGS) $(SANITIZE) -Isrc -c $< -o $@

build/unit/test_%: test/unit/test_%.c $(UNIT_OBJS) $(UNIT_HEADERS)
	$(UNIT_CC) $(UNIT_CFLAGS) $(SANITIZE) -Isrc -Itest/unit $< $(UNIT_OBJS) \
		$(UNIT_LIBS) -o $@

unit-programs: $(UNIT_PROGRAMS)

unit: $(UNIT_PROGRAMS)
	@scripts/unit $(UNIT_PROGRAMS)

# libFuzzer is clang's.
FUZZ_CC ?= clang
FUZZ_SECONDS ?= 60
FUZZ_CFLAGS = -std=gnu11 -O1 -g -fno-omit-frame-pointer \
	-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all
FUZZ_OBJS = $(CORE_SRCS:%.c=build/fuzz/%.o)
FUZZ_PROGRAMS = $(patsubst test/fuzz/%.c,build/fuzz/%,$(sort $(wildcard test/fuzz/fuzz_*.c)))

build/fuzz/src/%.o: src/%.c $(UNIT_HEADERS)
	@mkdir -p $(@D)
	$(FUZZ_CC) $(FUZZ_CFLAGS) -Isrc -c $< -o $@

build/fuzz/fuzz_%: test/fuzz/fuzz_%.c $(FUZZ_OBJS) $(UNIT_HEADERS)
	$(FUZZ_CC) $(FUZZ_CFLAGS) -Isrc $< $(FUZZ_OBJS) -lcurl -lz -lm -lpthread \
		-ldl -o $@

fuzz-programs: $(FUZZ_PROGRAMS)

fuzz: $(FUZZ_PROGRAMS)
	@scripts/fuzz $(FUZZ_SECONDS) $(FUZZ_PROGRAMS)

fuzz-smoke: $(FUZZ_PROGRAMS)
	@scripts/fuzz 5 $(FUZZ_PROGRAMS)

check-layers check-symbols:
	@PG_CONFIG='$(PG_CONFIG)' scripts/$@

# These set the machine up themselves: missing packages, build, install, a
# throw-away cluster.
demo test bench:
	+@PG_CONFIG='$(PG_CONFIG)' MAKE='$(MAKE)' scripts/$@
