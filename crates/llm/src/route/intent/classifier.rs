//! A linear model over hashed features: one multiplication a feature and class. Pure, and the same on every machine.

use super::features::{BUCKETS, Features};

/// How many classes there are.
pub const CLASSES: usize = 4;

/// What a message by itself can be. Long inputs and pictures are seen without reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TextIntent {
    /// A plain question.
    Simple,
    Code,
    /// Several steps of thought.
    Reasoning,
    /// What the message before asked for.
    FollowUp,
}

impl TextIntent {
    /// All of them, in the order of the weights.
    pub const ALL: [Self; CLASSES] = [Self::Simple, Self::Code, Self::Reasoning, Self::FollowUp];

    /// The word for it in the labelled set.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Simple => "simple",
            Self::Code => "code",
            Self::Reasoning => "reasoning",
            Self::FollowUp => "follow_up",
        }
    }

    /// The class of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.as_str() == word)
    }
}

/// How likely each class is, in the order of [`TextIntent::ALL`]; they sum to 1.
pub type Likelihood = [f32; CLASSES];

/// The likeliest class. Equal ones: the first of them.
pub fn likeliest(likelihood: Likelihood) -> TextIntent {
    let mut best = (TextIntent::Simple, likelihood[0]);
    for (class, value) in TextIntent::ALL.into_iter().zip(likelihood) {
        if value > best.1 {
            best = (class, value);
        }
    }
    best.0
}

/// Bytes of a stored model: the scale, the biases, then a byte for each place and class.
const STORED_BYTES: usize = HEAD_BYTES + CLASSES * BUCKETS;
/// Bytes of the scale and the biases.
const HEAD_BYTES: usize = 4 + 4 * CLASSES;

/// The weights: those of a place stand together.
#[derive(Debug, Clone, PartialEq)]
pub struct Classifier {
    bias: [f32; CLASSES],
    scale: f32,
    weights: Vec<[i8; CLASSES]>,
}

impl Classifier {
    /// Rounds trained weights to a byte each.
    pub fn quantised(bias: [f32; CLASSES], weights: &[[f32; CLASSES]]) -> Self {
        let largest = weights.iter().flatten().fold(0.0_f32, |largest, weight| largest.max(weight.abs()));
        let scale = if largest > 0.0 { largest / 127.0 } else { 1.0 };
        let round = |weight: f32| (weight / scale).round() as i8;
        Self { bias, scale, weights: weights.iter().map(|all| all.map(round)).collect() }
    }

    /// Reads what [`Self::to_bytes`] wrote; none: something else.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        if bytes.len() != STORED_BYTES {
            return None;
        }
        let (head, rest) = bytes.split_at(HEAD_BYTES);
        let mut numbers = head.as_chunks().0.iter().copied().map(f32::from_le_bytes);
        let scale = numbers.next()?;
        let bias = std::array::from_fn(|_| numbers.next().unwrap_or_default());
        let weights = rest.as_chunks().0.iter().map(|all| all.map(u8::cast_signed)).collect();
        Some(Self { bias, scale, weights })
    }

    /// As it is stored.
    pub fn to_bytes(&self) -> Vec<u8> {
        let numbers = std::iter::once(self.scale).chain(self.bias);
        let bytes = self.weights.iter().flatten().map(|weight| weight.cast_unsigned());
        numbers.flat_map(f32::to_le_bytes).chain(bytes).collect()
    }

    /// How likely each class is for a text of these features.
    pub fn likelihood(&self, features: &Features) -> Likelihood {
        let mut scores = [0.0; CLASSES];
        for (place, strength) in &features.entries {
            for (score, weight) in scores.iter_mut().zip(self.weights[*place]) {
                *score += strength * f32::from(weight);
            }
        }
        softmax(std::array::from_fn(|class| scores[class] * self.scale + self.bias[class]))
    }
}

pub fn softmax(scores: [f32; CLASSES]) -> Likelihood {
    let most = scores.iter().fold(f32::MIN, |most, score| most.max(*score));
    let raised = scores.map(|score| (score - most).exp());
    let sum: f32 = raised.iter().sum();
    raised.map(|value| value / sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_what_it_writes() {
        let mut weights = vec![[0.0; CLASSES]; BUCKETS];
        weights[7] = [1.0, -2.0, 0.5, 0.0];
        let model = Classifier::quantised([0.1, 0.2, 0.3, 0.0], &weights);
        assert_eq!(Classifier::from_bytes(&model.to_bytes()), Some(model.clone()));
        assert_eq!(Classifier::from_bytes(&model.to_bytes()[1..]), None);
        let features = Features { entries: vec![(7, 10.0)] };
        assert_eq!(likeliest(model.likelihood(&features)), TextIntent::Simple);
    }
}
