# config.mk - what a builder may want to change. Override on the command line: make CC=clang.
# For another machine: CROSS_COMPILE=aarch64-linux-gnu- is what its tools' names begin with.
CROSS_COMPILE ?=
ifeq ($(origin CC),default)
CC      := $(CROSS_COMPILE)gcc
endif
ifeq ($(origin AR),default)
AR      := $(CROSS_COMPILE)ar
endif
PKG_CONFIG ?= pkg-config
PREFIX  ?= /usr/local
DESTDIR ?=
BINDIR     ?= $(PREFIX)/bin
LIBDIR     ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
DATADIR    ?= $(PREFIX)/share
ZSHDIR     ?= $(DATADIR)/zsh/site-functions
MANDIR     ?= $(DATADIR)/man
# The flags of release, asan, tsan and double builds live in the Makefile; add your own here.
EXTRA_CFLAGS  ?=
EXTRA_LDFLAGS ?=
