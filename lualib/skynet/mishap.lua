--- What the scheduler says when a coroutine did not end well.

local late = select(3, ...) or require "skynet.require".own
local core = late "skynet.core"
local skynet = late "skynet"
local state = skynet._state

local traceback = debug.traceback

local M = {}

---Keeps an error until the message is done; then it is raised, for the runtime to log.
---@param text string
function M.complain(text)
	local complaint = state.complaint
	state.complaint = complaint and complaint .. "\n" .. text or text
	state.pending = late "skynet.concurrency".finish
end

---A handler returned without an answer.
---@param session integer
---@param source integer
---@param f function  the handler
function M.forgotten(session, source, f)
	local where = debug.getinfo(f, "S")
	core.error(("Maybe forgot response session %s from %s : %s:%d"):format(
		session, skynet.address(source), where.source, where.linedefined))
end

---A framework coroutine yielded something else than the scheduler's own word.
---@param co thread
---@param mark any  the first value it yielded
function M.odd_yield(co, mark)
	if mark == "QUIT" then
		late "skynet.concurrency".discard(co)
	elseif mark == "USER" then
		M.complain(traceback(co, "Call skynet.coroutine.yield out of skynet.coroutine.resume"))
	else
		M.complain(traceback(co, "Unknown command : " .. tostring(mark)))
	end
end

return M
