package main

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"k8s.io/client-go/util/workqueue"
)

// How many items there are.
const keyCount = 200_000

// handled adds all items five times, which workers handle.
func handled(workers int) string {
	keys := keys(keyCount)
	queue := workqueue.NewTyped[string]()
	ended, rounds := start(queue, workers)
	for range 5 {
		for _, key := range keys {
			queue.Add(key)
		}
		<-rounds
	}
	queue.ShutDown()
	ended.Wait()
	return fmt.Sprintf("%d items", 5*keyCount)
}

// deduplicated adds a thousand items a thousand times while they wait, and then handles them; four times.
func deduplicated() string {
	keys := keys(1000)
	queue := workqueue.NewTyped[string]()
	count := 0
	for range 4 {
		for range 1000 {
			for _, key := range keys {
				queue.Add(key)
			}
		}
		for queue.Len() > 0 {
			key, _ := queue.Get()
			queue.Done(key)
			count++
		}
	}
	return fmt.Sprintf("%d items", count)
}

// delayed has each item handled within half a second, by one worker.
func delayed() string {
	queue := workqueue.NewTypedDelayingQueue[string]()
	ended, rounds := start(queue, 1)
	for number, key := range keys(keyCount) {
		queue.AddAfter(key, time.Duration(number*7919%500)*time.Millisecond)
	}
	<-rounds
	queue.ShutDown()
	ended.Wait()
	return fmt.Sprintf("%d items", keyCount)
}

func keys(count int) []string {
	keys := make([]string, count)
	for number := range keys {
		keys[number] = fmt.Sprintf("default/pod-%06d", number)
	}
	return keys
}

// start starts workers, which tell each time that all items have been handled.
func start(queue workqueue.TypedInterface[string], workers int) (*sync.WaitGroup, <-chan struct{}) {
	var ended sync.WaitGroup
	var count atomic.Int64
	rounds := make(chan struct{}, 1)
	for range workers {
		ended.Go(func() {
			for {
				key, isOver := queue.Get()
				if isOver {
					return
				}
				queue.Done(key)
				if count.Add(1)%keyCount == 0 {
					rounds <- struct{}{}
				}
			}
		})
	}
	return &ended, rounds
}
