-- Inside HAProxy: requests for a service that is paused wait here until it is resumed, in time and number at most as
-- many as the pause says. What is left of txn.hold afterwards is why a request may not go on.
local holds = Map.new("holds.map", Map._str)
local waiting = {}

-- A place among those that wait. Nothing ends a wait but what follows here: HAProxy does not even look whether the client
-- is still there. Should it ever do so, the place comes back with the coroutine.
local function take_place(backend, most)
  local count = waiting[backend] or 0
  if count >= most then return nil end
  waiting[backend] = count + 1
  local taken = true
  local function give_back()
    if taken then
      taken = false
      waiting[backend] = waiting[backend] - 1
    end
  end
  return setmetatable({ give_back = give_back }, { __gc = give_back })
end

core.register_action("wait", { "http-req" }, function(txn)
  local backend = txn:get_var("txn.backend")
  local place
  while true do
    local hold = holds:lookup(backend) or ""
    local ends, most = hold:match("^pause:(%d+):(%d+)$")
    if not ends then
      if hold == "" then txn:unset_var("txn.hold") else txn:set_var("txn.hold", hold) end
      break
    end
    if core.now().sec >= tonumber(ends) then break end
    place = place or take_place(backend, tonumber(most))
    if not place then break end
    core.msleep(100)
  end
  if place then place.give_back() end
end)

-- "show waiting": the time of this machine, and how many requests wait for each backend.
local usage = "show waiting : the time, and how many requests wait in pauses"
core.register_cli({ "show", "waiting" }, usage, function(applet)
  applet:send(string.format("now %d\n", core.now().sec))
  for backend, count in pairs(waiting) do
    if count > 0 then applet:send(string.format("%s %d\n", backend, count)) end
  end
end)
