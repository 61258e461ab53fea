--- The errors of framework coroutines, and how they are logged.

local require_own = select(3, ...) or require "skynet.require".own
local core = require_own "skynet.core"
local skynet = require_own "skynet"
local state = skynet._state

local traceback = debug.traceback

local M = {}

---Keeps an error until the message is done; then it is raised, for the runtime to log.
---@param text string
function M.report(text)
	local earlier = state.error_text
	state.error_text = earlier and earlier .. "\n" .. text or text
	state.pending = require_own "skynet.concurrency".finish
end

--- How the error of a port begins that cannot be listened at. It names all there is to know; a traceback, and one
--- more for everybody who waits for the port, would only hide it.
local LISTEN_ERROR <const>, CALL_FAILED <const> = "Listen error: ", "call failed"

---The text of an error that needs no traceback.
---@param co thread?  the coroutine that raised it
---@param err any
---@return string? text
---@return boolean? known  another service has logged it already
function M.plain(co, err)
	if type(err) ~= "string" then
		return nil
	end
	local logged = co and state.failure_texts and state.failure_texts[co]
	if logged and err:sub(-#CALL_FAILED) == CALL_FAILED then
		return logged, true
	end
	local start = err:find(LISTEN_ERROR, 1, true)
	return start and err:sub(start) or nil
end

---Notes the text that came with the failure of a call; nil: none came.
---@param co thread  the caller
---@param text string?
function M.note(co, text)
	if text or state.failure_texts then
		state.failure_texts = state.failure_texts or setmetatable({}, { __mode = "k" })
		state.failure_texts[co] = text
	end
end

---A handler returned without an answer.
---@param session integer
---@param source integer
---@param f function  the handler
function M.no_response(session, source, f)
	local where = debug.getinfo(f, "S")
	core.error(("Maybe forgot response session %s from %s : %s:%d"):format(
		session, skynet.address(source), where.source, where.linedefined))
end

---A framework coroutine yielded something else than the scheduler's `SUSPEND`.
---@param co thread
---@param mark any  the first value it yielded
function M.unexpected_yield(co, mark)
	if mark == "QUIT" then
		require_own "skynet.concurrency".discard(co)
	elseif mark == "USER" then
		M.report(traceback(co, "Call skynet.coroutine.yield out of skynet.coroutine.resume"))
	else
		M.report(traceback(co, "Unknown command : " .. tostring(mark)))
	end
end

return M
