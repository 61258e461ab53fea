--- The services in `foreign` play those of another tree, for our library to speak to. Each keeps what it was told, so
--- that a test can compare it with what skynet's library would have said.

local skynet = require "skynet"

local M = {}

--- What a command returns when it has answered already, or will.
M.ANSWERED = {}

local heard = {}

local function word(value)
	return type(value) == "userdata" and "pointer" or tostring(value)
end

local function note(session, ...)
	local words = table.pack(...)
	for i = 1, words.n do
		words[i] = word(words[i])
	end
	heard[#heard + 1] = (session == 0 and "S " or "C ") .. table.concat(words, " ")
end

local function answer(first, ...)
	if first ~= M.ANSWERED then
		skynet.retpack(first, ...)
	end
end

---Makes this service one that knows these commands. `heard` answers what it was told so far, and forgets it.
---@param commands table<string, fun(source: integer, ...): ...>
---@param begin fun()?  runs at the start
function M.serve(commands, begin)
	skynet.start(function()
		skynet.dispatch("lua", function(session, source, cmd, ...)
			if cmd == "heard" then
				skynet.retpack(heard)
				heard = {}
				return
			end
			note(session, cmd, ...)
			local f = assert(commands[cmd], cmd)
			if session == 0 then
				f(source, ...)
			else
				answer(f(source, ...))
			end
		end)
		if begin then
			begin()
		end
	end)
end

return M
