package tokens

import "encoding/json"

// postProcessor is that of tokenizer.json, of the kinds that add the same tokens
// around every text.
type postProcessor struct {
	Type          string                  `json:"type"`
	Cls           nameAndID               `json:"cls"`    // BertProcessing, RobertaProcessing
	Sep           nameAndID               `json:"sep"`    // likewise
	Single        []templatePiece         `json:"single"` // TemplateProcessing
	SpecialTokens map[string]specialToken `json:"special_tokens"`
	Processors    []*postProcessor        `json:"processors"` // Sequence
}

type templatePiece struct {
	SpecialToken *templateItem `json:"SpecialToken"`
	Sequence     *templateItem `json:"Sequence"`
}

type templateItem struct {
	ID     string `json:"id"`
	TypeID int    `json:"type_id"`
}

type specialToken struct {
	IDs []int32 `json:"ids"`
}

// nameAndID is a token, written ["[CLS]", 101].
type nameAndID struct{ id int32 }

// UnmarshalJSON implements [json.Unmarshaler].
func (n *nameAndID) UnmarshalJSON(data []byte) error {
	pair := [2]any{new(string), &n.id}
	return json.Unmarshal(data, &pair)
}

// frame returns what p adds in front of a text and behind it, and whether that is
// all that it does to ids. A nil p adds nothing.
func (p *postProcessor) frame() (before, after []int32, ok bool) {
	if p == nil {
		return nil, nil, true
	}
	switch p.Type {
	case "ByteLevel": // it moves offsets
		return nil, nil, true
	case "BertProcessing", "RobertaProcessing":
		return []int32{p.Cls.id}, []int32{p.Sep.id}, true
	case "TemplateProcessing":
		return p.template()
	case "Sequence":
		for _, q := range p.Processors {
			b, a, known := q.frame()
			if !known {
				return nil, nil, false
			}
			before, after = append(b, before...), append(after, a...)
		}
		return before, after, true
	}
	return nil, nil, false
}

// template reads a list of pieces with one sequence among them. Its token types are
// fed as zeros, so that others are not known here.
func (p *postProcessor) template() (before, after []int32, ok bool) {
	seen := 0
	for _, piece := range p.Single {
		switch s, t := piece.Sequence, piece.SpecialToken; {
		case s != nil && s.TypeID == 0:
			seen++
		case t != nil && t.TypeID == 0 && seen == 0:
			before = append(before, p.SpecialTokens[t.ID].IDs...)
		case t != nil && t.TypeID == 0:
			after = append(after, p.SpecialTokens[t.ID].IDs...)
		default:
			return nil, nil, false
		}
	}
	return before, after, seen == 1
}
