package evidence

import (
	"crypto/ed25519"
	"errors"
	"fmt"
)

// ErrSignature is returned for a leaf that its signer's key did not sign.
var ErrSignature = errors.New("the signature is not of the signer's key")

// SignLeaf signs a leaf and returns its encoding. sign is the Sign of the
// signer's [SigningKey], or does the same elsewhere.
func SignLeaf(l Leaf, sign func(message []byte) []byte) ([]byte, error) {
	l.Signature = sign(l.Message())
	if len(l.Signature) != ed25519.SignatureSize {
		return nil, fmt.Errorf("sign leaf of %s: no signature", l.Signer)
	}
	return EncodeLeaf(l)
}

// VerifyLeaf checks the signature of a decoded leaf.
func VerifyLeaf(l Leaf, public ed25519.PublicKey) error {
	if len(public) != ed25519.PublicKeySize || !ed25519.Verify(public, l.Message(), l.Signature) {
		return fmt.Errorf("%v of %s/%s, epoch %d, %d to %d: %w", l.Kind, l.Site, l.Signer, l.Epoch, l.First, l.Last, ErrSignature)
	}
	return nil
}
