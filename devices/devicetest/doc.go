// Package devicetest is the world that nielu is tried against: plants whose
// every flow is known, because it was computed, and recorded plants, played
// back row by row.
//
// A [Sim] is one simulated pilot plant: pyro1 (slow pyrolysis), htl1
// (hydrothermal liquefaction) or lf1 (landfill gas with biochar in the
// cover). [Sim.At] gives its [Truth] at any instant: streams, heat and power,
// and stocks, which conserve mass, carbon, ash and energy by construction.
// Truth is a function of plant, seed and time alone: no state is stepped, so
// a month of history costs no more than as many present moments. Rates are
// derivatives of closed-form totals, so that a counter, a hopper and a flow
// never contradict one another.
//
// On top of the truth sit instruments. They add noise, and faults on request
// ([Fault]), and round to the register words of real device profiles:
// [Sim.Registers] gives the words of any block at any time, [Sim.Serve] serves
// the same words over Modbus TCP, [Sim.Message] and [Sim.Publish] do it for
// MQTT sensors. [AgentConfig] writes the agent.yaml that polls them,
// [PLCProfile] the profile of the plant's own controller, and [Sim.Lab] the
// laboratory's file, its values drawn from the truth within the stated
// uncertainty.
//
// A [Replay] is a recorded CSV file, served the same two ways with the times
// at which it was recorded.
package devicetest
