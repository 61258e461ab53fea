--- Critical sections: functions of one service that must not be interleaved although they block.

local skynet = require "skynet"

local running, traceback = coroutine.running, debug.traceback

--- Hands the section to the oldest waiter that still exists.
local function next_owner(waiters)
	while waiters.first <= waiters.last do
		local co = waiters[waiters.first]
		waiters[waiters.first] = nil
		waiters.first = waiters.first + 1
		if skynet.wakeup(co) then
			return co
		end
	end
	waiters.first, waiters.last = 1, 0
end

---Makes a critical section: `section(f, ...)` runs `f(...)` when no other coroutine is inside.
---@return fun(f: function, ...): ...
function skynet.queue()
	local owner ---@type thread?
	local depth = 0
	local waiters = { first = 1, last = 0 }

	local function leave(ok, ...)
		depth = depth - 1
		if depth == 0 then
			owner = next_owner(waiters)
		end
		if not ok then
			error((...), 0)
		end
		return ...
	end

	return function(f, ...)
		local co = running()
		if owner and owner ~= co then
			waiters.last = waiters.last + 1
			waiters[waiters.last] = co
			repeat
				skynet.wait(co)
			until owner == co
		end
		owner = co
		depth = depth + 1
		return leave(xpcall(f, traceback, ...))
	end
end

return skynet.queue
