package demo

import (
	"context"
	"time"

	"github.com/nielu/nielu/devices/devicetest"
	"github.com/nielu/nielu/devices/mqtt"
)

// sensors publishes what the plant's MQTT sensors measure, through outages of the broker.
func (s *Site) sensors(ctx context.Context, sim *devicetest.Sim) error {
	for ctx.Err() == nil {
		client, err := mqtt.Dial(ctx, mqtt.Options{URL: s.broker(), ClientID: "sensors-" + sim.Plant()})
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
