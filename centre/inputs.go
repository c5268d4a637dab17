package centre

import (
	"github.com/nielu/nielu/configs"
	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/pipeline/carbon"
)

// input is a file that becomes a leaf before anything is computed with it.
type input struct {
	kind   evidence.Kind
	name   string
	plants []string // that it speaks of; none: all
	body   []byte
}

// inputs reads the plant files and the method, which is the last of the files.
func (c *Config) inputs() (plants []*pipeline.Plant, files []input, err error) {
	for _, name := range c.Plants {
		plant, file, err := c.plant(name)
		if err != nil {
			return nil, nil, err
		}
		plants, files = append(plants, plant), append(files, file)
	}
	method, err := c.method()
	if err != nil {
		return nil, nil, err
	}
	others, err := otherMethods(method)
	return plants, append(append(files, others...), method), err
}

// otherMethods returns the built-in method files but one: a report says what
// other methods make of the same carbon, and can be made again from the log.
func otherMethods(but input) (files []input, err error) {
	for _, id := range carbon.Methods() {
		name := "methods/" + id + ".yaml"
		body, err := configs.Methods.ReadFile(name)
		if err != nil {
			return nil, err
		}
		if string(body) != string(but.body) {
			files = append(files, input{evidence.Config, name, nil, body})
		}
	}
	return files, nil
}

// plant reads a plant file, or a built-in one.
func (c *Config) plant(name string) (*pipeline.Plant, input, error) {
	file, path, data, err := c.read(configs.Plants, "plants", name)
	if err != nil {
		return nil, input{}, err
	}
	plant, err := pipeline.ParsePlant(path, data)
	if err != nil {
		return nil, input{}, err
	}
	return plant, input{evidence.Config, file, []string{plant.ID}, data}, nil
}

// method reads the method file, or a built-in one.
func (c *Config) method() (input, error) {
	file, path, data, err := c.read(configs.Methods, "methods", c.Method)
	if err == nil {
		_, err = carbon.ParseMethod(path, data)
	}
	return input{evidence.Config, file, nil, data}, err
}
