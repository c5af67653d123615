using LifelongApi.Contracts.Learning;
using LifelongApi.Learning.Features;

namespace LifelongApi.Learning;

/// <summary>
/// Explains an answer by leaving features out, one at a time, and asking again (occlusion, Zeiler and Fergus 2014; prediction difference in log-odds, Robnik-Šikonja and
/// Kononenko 2008). What a feature is replaced by is its running mean where the input is standardised per feature, else 0; a named or sparse feature is left out,
/// which is the same for a number and no value for a text. Costs one predict per feature and two more. Behind an encoder, whose output nobody can read, regions of its input are covered instead.
/// </summary>
/// <param name="model">The model. It must not learn meanwhile.</param>
public sealed class Occlusion(Model model)
{
    /// <summary>Probabilities are taken within 10^-7 … 1 − 10^-7, so that log-odds are finite.</summary>
    private const double Smallest = 1e-7;

    private readonly PredictionBuffer _answer = new();

    /// <summary>Explains the answer for one example.</summary>
    /// <param name="payload">Features.</param>
    /// <param name="nameHashes">Hash of every feature name of the stream by id.</param>
    /// <param name="nameOf">Name of a feature by its id in the stream; asked for named input only.</param>
    /// <param name="top">Contributions to answer, 1 or more.</param>
    /// <param name="most">Most features to look at, in the order of the example.</param>
    /// <returns>The explanation; null where the model has no answer yet.</returns>
    public Explanation? Explain(ReadOnlySpan<byte> payload, ReadOnlySpan<ulong> nameHashes, Func<int, string> nameOf, int top, int most)
    {
        ArgumentNullException.ThrowIfNull(nameOf);
        var features = FeatureParts.Of(payload, model);
        var considered = Math.Min(features.Count, most);
        var without = Enumerable.Range(0, considered).Select(i => (ReadOnlyMemory<byte>)features.Without(i, i + 1));
        return Explain(payload, without, features.Without(0, considered), nameHashes, top, features.Count, (i, contribution) => new FeatureContribution
        {
            Feature = features.AreNamed ? nameOf(features.Id(i)) : null,
            Index = features.AreNamed ? null : features.Id(i),
            Contribution = contribution,
        });
    }

    /// <summary>Explains the answer for one example behind an encoder.</summary>
    /// <param name="payload">What the encoder made of the input.</param>
    /// <param name="regions">Regions of the input.</param>
    /// <param name="without">What the encoder made of the input with each of them covered.</param>
    /// <param name="withoutAny">The same with all of them covered.</param>
    /// <param name="top">Contributions to answer, 1 or more.</param>
    /// <returns>The explanation; null where the model has no answer yet.</returns>
    public Explanation? Explain(ReadOnlySpan<byte> payload, IReadOnlyList<InputRegion> regions, IReadOnlyList<ReadOnlyMemory<byte>> without, ReadOnlyMemory<byte> withoutAny, int top)
    {
        ArgumentNullException.ThrowIfNull(regions);
        ArgumentNullException.ThrowIfNull(without);
        return Explain(payload, without, withoutAny, [], top, regions.Count, (i, contribution) => new FeatureContribution { Region = regions[i], Contribution = contribution });
    }

    private Explanation? Explain(
        ReadOnlySpan<byte> payload,
        IEnumerable<ReadOnlyMemory<byte>> without,
        ReadOnlyMemory<byte> withoutAny,
        ReadOnlySpan<ulong> nameHashes,
        int top,
        int count,
        Func<int, float, FeatureContribution> describe)
    {
        using var workspace = model.CreateWorkspace();
        model.Predict(payload, nameHashes, workspace, _answer);
        if (_answer.Count == 0)
        {
            return null;
        }

        var label = _answer.Label;
        var score = Score(label);
        var contributions = new List<double>(count);
        foreach (var rest in without)
        {
            model.Predict(rest.Span, nameHashes, workspace, _answer);
            contributions.Add(score - Score(label));
        }

        model.Predict(withoutAny.Span, nameHashes, workspace, _answer);
        var baseline = Score(label);
        return new Explanation
        {
            Score = (float)score,
            Baseline = (float)baseline,
            Interaction = (float)(score - baseline - contributions.Sum()),
            Considered = contributions.Count,
            Features = count,
            Contributions =
            [
                .. Enumerable.Range(0, contributions.Count).Where(i => contributions[i] != 0d).OrderByDescending(i => Math.Abs(contributions[i])).Take(top)
                    .Select(i => describe(i, (float)contributions[i])),
            ],
        };
    }

    private double Score(int label)
    {
        if (label < 0)
        {
            return _answer.Scores[0];
        }

        var probability = Math.Clamp((double)_answer.Scores[label], Smallest, 1d - Smallest);
        return LogOdds(probability);
    }

    private static double LogOdds(double probability) => Numerics.Elementary.Log((float)probability) - Numerics.Elementary.Log((float)(1d - probability));
}
