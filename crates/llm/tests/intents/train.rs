//! Trains the classifier: multinomial logistic regression by stochastic gradient descent. The same prompts always give
//! the same weights: the order is shuffled by a counter, not by chance.

use vertice_llm::route::intent::{BUCKETS, CLASSES, Classifier, Features, softmax};

use crate::labelled::Labelled;

/// How often each prompt is seen.
const EPOCHS: usize = 60;
/// How far the first steps go.
const RATE: f32 = 0.5;
/// How much weights shrink at each step: what keeps rare features from being learned by heart.
const DECAY: f32 = 2e-4;

/// The weights that fit these prompts.
pub(crate) fn train(prompts: &[Labelled]) -> Classifier {
    let texts: Vec<(Features, usize)> =
        prompts.iter().map(|prompt| (Features::of(&prompt.text), prompt.intent as usize)).collect();
    let mut weights = vec![[0.0_f32; CLASSES]; BUCKETS];
    let mut bias = [0.0_f32; CLASSES];
    for epoch in 0..EPOCHS {
        let rate = RATE / (1.0 + epoch as f32 / 10.0);
        for index in shuffled(texts.len(), epoch) {
            let (features, truth) = &texts[index];
            let mut scores = bias;
            for (place, strength) in &features.entries {
                for class in 0..CLASSES {
                    scores[class] += strength * weights[*place][class];
                }
            }
            let likelihood = softmax(scores);
            let miss = std::array::from_fn::<f32, CLASSES, _>(|class| {
                f32::from(u8::from(class == *truth)) - likelihood[class]
            });
            for (place, strength) in &features.entries {
                for class in 0..CLASSES {
                    let weight = &mut weights[*place][class];
                    *weight += rate * (miss[class] * strength - DECAY * *weight);
                }
            }
            for class in 0..CLASSES {
                bias[class] += rate * 0.1 * miss[class];
            }
        }
    }
    Classifier::quantised(bias, &weights)
}

/// The numbers below `count` in an order of this epoch's own (Knuth's linear congruential generator).
fn shuffled(count: usize, epoch: usize) -> Vec<usize> {
    let mut state = epoch as u64 + 1;
    let mut order: Vec<usize> = (0..count).collect();
    for last in (1..count).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        order.swap(last, (state >> 33) as usize % (last + 1));
    }
    order
}
