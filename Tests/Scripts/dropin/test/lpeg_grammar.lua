-- A parser in the manner of another tree's sprotoparser, with all of LPeg that it uses.
-- Ends in `TEST OK lpeg_grammar` or `TEST FAILED lpeg_grammar: why`.

package.path = "./Tests/Scripts/runtime/support/?.lua;" .. package.path
local checks = require "checks"
local lpeg = require "lpeg"

local P, S, R, C, Ct, Cg, Cc, V = lpeg.P, lpeg.S, lpeg.R, lpeg.C, lpeg.Ct, lpeg.Cg, lpeg.Cc, lpeg.V

--- Counts lines in the state that `match` was given.
local function newline(_, position, state)
	state.line = state.line + 1
	return position
end

local function fail(_, _, state)
	error(("syntax error at [%s] line (%d)"):format(state.file, state.line), 0)
end

local eol = lpeg.Cmt((P "\r\n" + "\n") * lpeg.Carg(1), newline)
local blank = (S " \t" + eol) ^ 0
local alpha = R("az", "AZ") + "_"
local word = alpha * (alpha + R "09") ^ 0
local name = C(word * ("." * word) ^ 0)
local tag = R "09" ^ 1 / tonumber
local comment = "#" * (1 - P "\n") ^ 0 * (P "\n" + -1)

local function named(pattern)
	return Ct(Cg(Cc "field", "kind") * Cg(pattern))
end

local grammar = P {
	"ALL",
	ALL = Ct((V "TYPE" + comment + S " \t\n") ^ 0) * (-P(1) + lpeg.Cmt(lpeg.Carg(1), fail)),
	TYPE = Ct(P "." * Cg(name, "name") * blank * "{" * Cg(Ct((blank * V "FIELD") ^ 0), "fields") * blank * "}"),
	FIELD = named(name * blank * tag * blank * ":" * blank * C "*" ^ -1 * name),
}

checks.run("lpeg_grammar", function()
	local state = { file = "f", line = 1 }
	local all = lpeg.match(grammar, "# types\n.A.B {\n\tx 0 : integer\n\tlist 12 : *string\n}\n", 1, state)
	checks.equal(all, { {
		name = "A.B",
		fields = {
			{ kind = "field", "x", 0, "integer" },
			{ kind = "field", "list", 12, "*", "string" },
		},
	} })
	local ok, err = pcall(lpeg.match, grammar, ".A {\n\tx : integer\n}", 1, { file = "g", line = 1 })
	assert(not ok and err:find "^syntax error at %[g%] line %(%d%)$", err)
	-- The error of a callback is the error of the match, whatever its type.
	local thrown = {}
	local raising = lpeg.Cmt(P(true), function()
		error(thrown)
	end)
	checks.equal({ pcall(lpeg.match, raising, "x") }, { false, thrown })
	-- Our own parser and its bundles are built on it.
	checks.equal(#require "sprotoparser".parse ".A { x 0 : integer }" > 0, true)
end)
