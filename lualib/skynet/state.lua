--- What the scheduler shares with `skynet.lua` and with the modules of the catalogue.
--- One table per service. The tables in it are the live ones: whoever changes them changes the scheduler.
--- Scripts have no business here.

---@class skynet.state
---@field current thread?  the framework coroutine that is running
---@field trace skynet.trace_hooks?  nil until this service traces for the first time
---@field init_thread thread?  the start coroutine, as long as it runs
---@field deferred table<function, integer>?  unanswered response closures -> requester, once there are any
---@field info function?  answers the debug command INFO
---@field unknown_request function?  the script's own handler, see `dispatch_unknown_request`
---@field unknown_response function?
---@field dispatch function  see skynet.scheduler, as for all functions below
---@field prepare fun(f: function, ...): thread
---@field fail fun(session: integer)
---@field complain fun(text: string)
---@field suspend fun(session: integer, address: integer|string): lightuserdata?, integer
---@field fresh_session nil|fun(for_timer: boolean?): integer  finds free numbers; nil while none can be taken
return {
	---@type table<string|integer, skynet.protocol>  under name and under id
	proto = {},
	---@type table<integer, thread|"BREAK">  session -> coroutine its reply resumes; BREAK: drop the reply
	waiting = {},
	---@type table<integer, integer|string>  session -> address as written in the call
	called = {},
	---@type table<any, integer>  token -> session, for sleep and wait
	sleeping = {},
	---@type table<thread, integer|false>  the request a coroutine still has to answer; false: none
	session_of = {},
	---@type table<thread, integer|false>  who sent that request
	source_of = {},
	---@type table<integer, thread|false>  forked coroutines that have not run yet; false: taken back
	forks = {},
	---@type thread[]  coroutines waiting for work
	idle = {},
}
