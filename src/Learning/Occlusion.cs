using LifelongApi.Contracts.Learning;
using LifelongApi.Learning.Features;

namespace LifelongApi.Learning;

/// <summary>
/// Explains an answer by leaving features out, one at a time, and asking again (occlusion, Zeiler and Fergus 2014; prediction difference in log-odds, Robnik-Šikonja and
/// Kononenko 2008). What a feature is replaced by is its running mean where the input is standardised per feature, else 0; a named or sparse feature is left out,
/// which is the same for a number and no value for a text. Costs one predict per feature and two more.
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
        using var workspace = model.CreateWorkspace();
        model.Predict(payload, nameHashes, workspace, _answer);
        if (_answer.Count == 0)
        {
            return null;
        }

        var label = _answer.Label;
        var score = Score(label);
        var features = FeatureParts.Of(payload, model);
        var considered = Math.Min(features.Count, most);
        var contributions = new (int Feature, double Contribution)[considered];
        for (var i = 0; i < considered; i++)
        {
            model.Predict(features.Without(i, i + 1), nameHashes, workspace, _answer);
            contributions[i] = (features.Id(i), score - Score(label));
        }

        model.Predict(features.Without(0, considered), nameHashes, workspace, _answer);
        var baseline = Score(label);
        return new Explanation
        {
            Score = (float)score,
            Baseline = (float)baseline,
            Interaction = (float)(score - baseline - contributions.Sum(feature => feature.Contribution)),
            Considered = considered,
            Features = features.Count,
            Contributions =
            [
                .. contributions.Where(feature => feature.Contribution != 0d).OrderByDescending(feature => Math.Abs(feature.Contribution)).ThenBy(feature => feature.Feature).Take(top).Select(feature => new FeatureContribution
                {
                    Feature = features.AreNamed ? nameOf(feature.Feature) : null,
                    Index = features.AreNamed ? null : feature.Feature,
                    Contribution = (float)feature.Contribution,
                }),
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
