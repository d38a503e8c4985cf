# What is asked for, checked before a rule or a shell sees it: a name with a blank would be two targets, one with a
# semicolon two commands.

empty :=
space := $(empty) $(empty)
tab := $(empty)	$(empty)
hash := \#
define newline


endef

# The characters that mean something to make or to a shell, besides blanks. Letters of every language are fine.
SPECIAL := ' " ` \ $$ $(hash) % : ; | & < > ( ) [ ] { } * ? ! ~ ^ =
# The first thing in a name that cannot be there, in words.
unfit = $(or $(if $(findstring $(newline),$(1)),a line break),$(if $(findstring $(space),$(1)),a blank), \
  $(if $(findstring $(tab),$(1)),a tab), \
  $(addprefix the character ,$(firstword $(foreach character,$(SPECIAL),$(findstring $(character),$(1))))), \
  $(if $(filter -%,$(1)),a hyphen in front))
checked_name = $(if $(call unfit,$(value $(1))),$(error $(1)='$(subst $(newline),$(space),$(value $(1)))' has $(strip \
  $(call unfit,$(value $(1)))): give a name of letters, digits and / . _ - + , @ only))
$(foreach name,PRESET RUN FROM TOKENIZER TOKENS_DIR MODEL ORDERS_DIR INCEPTION BIN LAUNCHER SITE WAIT RANKS THREADS PNG FORCE \
  $(if $(filter compare,$(MAKECMDGOALS)),A B JSON) $(if $(filter paper-scale,$(MAKECMDGOALS)),SIZE), \
  $(if $(filter-out undefined,$(origin $(name))),$(call checked_name,$(name))))

# A word for a shell, whatever is in it.
quoted = '$(subst ','\'',$(1))'
# A folder as all rules spell it: without ./ in front and slashes behind.
folder = $(if $(filter %/ ./%,$(1)),$(call folder,$(patsubst %/,%,$(patsubst ./%,%,$(1)))),$(1))
# A file with the given lines, for what reads thousands of names: a command line has no room for them.
listed = $(if $(DRY_RUN),LIST,$(call write_list,$(shell mktemp),$(1)))
write_list = $(file >$(1),$(2))$(1)
lines = $(subst $(space),$(newline),$(strip $(1)))
