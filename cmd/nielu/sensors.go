package main

import (
	"context"
	"time"

	"github.com/nielu/nielu/devices/devicetest"
	"github.com/nielu/nielu/devices/mqtt"
)

// sensors lets the plant's MQTT sensors publish, through outages of the broker.
func (p *park) sensors(ctx context.Context, sim *devicetest.Sim) error {
	for ctx.Err() == nil {
		client, err := mqtt.Dial(ctx, mqtt.Options{URL: p.broker(), ClientID: "sensors-" + sim.Plant()})
		if err == nil {
			err = sim.Publish(ctx, client.Publish)
			client.Close()
			if err != nil {
				return err
			}
			continue
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
	return nil
}
