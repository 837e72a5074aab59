# Makefile - the only build. `make help` lists the targets.
#
# Objects go to build/<config>/: release, asan (AddressSanitizer and UBSan), double (hr_real is double,
# for gradient checks). Sources are listed by hand: a file that is not here does not exist.
include config.mk

CONFIG ?= release
B      := build/$(CONFIG)

BASE := err mem rng pool os text
KERN := kern kern_ref kern_portable kern_neon kern_avx2 kern_avx512 kern_avx512bf16 kern_amx
TASK := task sudoku sudoku_solve sudoku_gen sudoku_canon maze maze_gen dihedral arc arc_tasks arc_vote \
        grid draw declared declared_read declared_rules declared_text
IO   := safetensors npy csv yaml json canvas
NN   := spec param recur model block embed exec loss optim muon
RUN  := dataset dataset_csv dataset_dir dataset_arc arc_views arc_build task_file sampler recipe segments \
        lattice search checkpoint solve eval names ballot adapt setup train state journal generate \
        generate_maze keyset picture describe parity parity_unit parity_model parity_data parity_grids \
        bench bench_kernels bench_models
API  := api
APP  := main opt term signals cmd_train cmd_eval cmd_solve cmd_info cmd_data cmd_arc cmd_adapt cmd_parity \
        cmd_bench explain

LIB_SRC := $(BASE:%=src/base/%.c) $(KERN:%=src/kern/%.c) $(TASK:%=src/task/%.c) \
           $(IO:%=src/io/%.c) $(NN:%=src/nn/%.c) $(RUN:%=src/run/%.c) $(API:%=src/api/%.c)
APP_SRC := $(APP:%=app/%.c)
LIB_OBJ := $(LIB_SRC:%.c=$(B)/%.o)
APP_OBJ := $(APP_SRC:%.c=$(B)/%.o)

UNIT := base/test_base kern/check io/test_io task/test_task task/test_declared task/test_sudoku task/test_maze task/test_arc nn/test_model \
        run/test_data run/test_recipe run/test_train run/test_lattice run/test_parity
UNIT_BIN := $(UNIT:%=$(B)/tests/%)
FUZZ     := safetensors npy csv yaml json task arc names recipe declared
FUZZ_BIN := $(FUZZ:%=$(B)/tests/fuzz/fuzz_%)
PUZZLES  := jigsaw futoshiki sorting
PUZZLE_BIN := $(PUZZLES:%=$(B)/examples/puzzles/%/generate)

# ---- flags -----------------------------------------------------------------------------------------
PKG      := pkg-config
PACKAGES := jansson yaml-0.1 libpng
WARN     := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla
OPT_release := -O3
OPT_asan    := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined
OPT_double  := -O2 -DHR_REAL_DOUBLE
# No contraction to FMA but where the source says so: the same bits from every compiler.
CFLAGS  := -std=c11 -D_GNU_SOURCE -fPIC -fvisibility=hidden -ffp-contract=off $(WARN) \
           $(OPT_$(CONFIG)) -Isrc -Iinclude $(shell $(PKG) --cflags $(PACKAGES) 2>/dev/null) $(EXTRA_CFLAGS)
LDFLAGS := $(filter -fsanitize%,$(OPT_$(CONFIG))) $(EXTRA_LDFLAGS)
LDLIBS  := $(shell $(PKG) --libs $(PACKAGES) 2>/dev/null) -lm -pthread

ifneq ($(filter x86_64%,$(shell $(CC) -dumpmachine)),)
$(B)/src/kern/kern_avx2.o:   CFLAGS += -mavx2 -mfma
$(B)/src/kern/kern_avx512.o: CFLAGS += -mavx512f -mavx512dq -mavx512bw -mavx512vl -mfma \
                                       -mprefer-vector-width=512
$(B)/src/kern/kern_avx512bf16.o: CFLAGS += -mavx512f -mavx512dq -mavx512bw -mavx512vl -mavx512bf16 -mfma \
                                           -mprefer-vector-width=512
$(B)/src/kern/kern_amx.o: CFLAGS += -mavx512f -mavx512dq -mavx512bw -mavx512vl -mavx512bf16 -mfma \
                                    -mamx-tile -mamx-bf16 -mprefer-vector-width=512
endif

$(B)/tests/%.o: private CFLAGS += -Itests

# ---- targets ---------------------------------------------------------------------------------------
.PHONY: all help deps demo demo-run test test-run asan arm64 format lint install uninstall clean
.DEFAULT_GOAL := all

all: $(B)/hrm $(B)/libhrm.a $(B)/libhrm.so ## build the library and the command

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 18

deps: ## install what is missing through apt, or say what to install
	@sh tools/deps.sh

demo: deps ## everything from nothing: build, train a small model, solve puzzles it never saw
	@$(MAKE) --no-print-directory all
	@sh tools/demo.sh $(B)/hrm

test: deps ## build and run all tests
	@$(MAKE) --no-print-directory test-run

test-run: all $(UNIT_BIN) $(FUZZ_BIN) $(PUZZLE_BIN) build/double/tests/nn/test_gradient
	@sh tests/run.sh $(B) $(UNIT_BIN) build/double/tests/nn/test_gradient

asan: ## the unit and fuzz tests under AddressSanitizer and UBSan
	@$(MAKE) --no-print-directory CONFIG=asan test-run

# Every kernel on another architecture, under user-mode emulation. Debian packages: see tools/arm64.sh.
ARM64 := aarch64-linux-gnu
arm64: ## build for arm64 and run the kernel tests there, emulated
	@sh tools/arm64.sh
	@PKG_CONFIG_LIBDIR=/usr/lib/$(ARM64)/pkgconfig:/usr/share/pkgconfig \
	    $(MAKE) --no-print-directory CC=$(ARM64)-gcc AR=$(ARM64)-ar B=build/arm64 all \
	    build/arm64/tests/kern/check
	@qemu-aarch64 -L /usr/$(ARM64) -E LD_LIBRARY_PATH=/usr/lib/$(ARM64) build/arm64/tests/kern/check

format: ## apply clang-format
	@clang-format -i $$(git ls-files '*.c' '*.h')

lint: ## layers, exported symbols, sizes, formatting
	@sh tests/house.sh $(B)

install: all ## install under PREFIX (default /usr/local), staged by DESTDIR
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib $(DESTDIR)$(PREFIX)/include
	install -m 755 $(B)/hrm $(DESTDIR)$(PREFIX)/bin/hrm
	install -m 644 $(B)/libhrm.a $(DESTDIR)$(PREFIX)/lib/libhrm.a
	install -m 755 $(B)/libhrm.so $(DESTDIR)$(PREFIX)/lib/libhrm.so.0
	ln -sf libhrm.so.0 $(DESTDIR)$(PREFIX)/lib/libhrm.so
	install -m 644 include/hrm.h $(DESTDIR)$(PREFIX)/include/hrm.h

uninstall: ## remove what install put there
	rm -f $(DESTDIR)$(PREFIX)/bin/hrm $(DESTDIR)$(PREFIX)/include/hrm.h \
	      $(DESTDIR)$(PREFIX)/lib/libhrm.a $(DESTDIR)$(PREFIX)/lib/libhrm.so $(DESTDIR)$(PREFIX)/lib/libhrm.so.0

clean: ## remove build/
	rm -rf build

# ---- rules -----------------------------------------------------------------------------------------
$(B)/hrm: $(APP_OBJ) $(B)/libhrm.a
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(B)/libhrm.a: $(LIB_OBJ)
	@rm -f $@
	$(AR) rcs $@ $^

$(B)/libhrm.so: $(LIB_OBJ)
	$(CC) $(LDFLAGS) -shared -Wl,-soname,libhrm.so.0 -o $@ $^ $(LDLIBS)

$(PUZZLE_BIN): $(B)/%: $(B)/%.o
	$(CC) $(LDFLAGS) -o $@ $^

$(B)/tests/fuzz/%: $(B)/tests/fuzz/%.o $(B)/tests/fuzz/standalone.o $(B)/libhrm.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(B)/tests/%: $(B)/tests/%.o $(B)/libhrm.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ -lcmocka $(LDLIBS)

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<

# The gradient check is the one program of the double configuration: its own object tree.
DOUBLE_SRC := $(BASE:%=src/base/%.c) src/kern/kern.c src/kern/kern_ref.c src/io/json.c $(NN:%=src/nn/%.c) \
              tests/nn/test_gradient.c
ifneq ($(CONFIG),double)
.PHONY: build/double/tests/nn/test_gradient
build/double/tests/nn/test_gradient:
	@$(MAKE) --no-print-directory CONFIG=double $@
else
$(B)/tests/nn/test_gradient: $(DOUBLE_SRC:%.c=$(B)/%.o)
	$(CC) $(LDFLAGS) -o $@ $^ -lcmocka $(LDLIBS)
endif

.SECONDARY:
-include $(shell find $(B) -name '*.d' 2>/dev/null)
