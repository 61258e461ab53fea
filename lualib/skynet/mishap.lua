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

--- How the error of a port begins that cannot be listened at. It names all there is to know; a traceback, and one
--- more for everybody who waits for the port, would only hide it.
local LISTEN_ERROR <const>, CALL_FAILED <const> = "Listen error: ", "call failed"

---The text of an error that needs no traceback.
---@param co thread?  the coroutine that raised it
---@param err any
---@return string? text
---@return boolean? known  another service has told it already
function M.plain(co, err)
	if type(err) ~= "string" then
		return nil
	end
	local told = co and state.told and state.told[co]
	if told and err:sub(-#CALL_FAILED) == CALL_FAILED then
		return told, true
	end
	local start = err:find(LISTEN_ERROR, 1, true)
	return start and err:sub(start) or nil
end

---Notes what the failure of a call has to say for itself, or that it has nothing to say.
---@param co thread  the caller
---@param text string?
function M.note(co, text)
	if text or state.told then
		state.told = state.told or setmetatable({}, { __mode = "k" })
		state.told[co] = text
	end
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
