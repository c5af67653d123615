using LifelongApi.Contracts.Models;
using LifelongApi.Learning.Heads;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Populations;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Entities;

/// <summary>
/// Fast weights of an entity over the shared ones (Hinton and Plaut 1987): with φ = (1, projected input) the answer is moved by a = D φ. For labels p ∝ p_shared exp(a), a limited to ±10,
/// learned by D ← (1 − decay) D + 4 rate (1[label] − p) φᵀ / ‖φ‖², where 4 bounds the inverse curvature of the logarithmic loss (Böhning 1992); for values a is in the
/// target's own units, limited to ±10 of its standard deviations s, and D ← (1 − decay) D + rate · error φᵀ / ‖φ‖² (Nagumo and Noda 1967), the error limited to ±10 s with this target taken in.
/// The first target of a model says nothing of s, so nothing is learned of it. The projection adds each active input, with a keyed sign, to one of the k numbers
/// (Weinberger et al. 2009); an input of at most k units is taken as it is. The shared model learns from every event as if nobody had an entity.
/// </summary>
/// <remarks>Reserves: D [entities, outputs · (k + 1)] in Read; φ [k + 1] in Scratch.</remarks>
public sealed class EntityAdaptation
{
    private const float Curvature = 4f;
    private const float Furthest = 10f;
    private const float LargestWeight = 100f;
    private const float Rarest = 1e-4f;
    private const ulong Use = 0x656E74697479;
    private readonly EntityTable _entities;
    private readonly InputPopulation _input;
    private readonly IValueHead? _values;
    private readonly EntitiesSpec _spec;
    private readonly int _outputs;
    private readonly int _features;
    private readonly bool _isDirect;
    private readonly EntityColumn _weights;
    private readonly Slot _projected;

    /// <summary>Reserves the weights.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="entities">Rows of the entities.</param>
    /// <param name="input">The input.</param>
    /// <param name="outputs">Classes that fit, or numbers.</param>
    /// <param name="values">The head of numbers; null for labels.</param>
    /// <param name="spec">Features, rate, decay.</param>
    public EntityAdaptation(LayoutBuilder layout, EntityTable entities, InputPopulation input, int outputs, IValueHead? values, EntitiesSpec spec)
    {
        _entities = entities;
        _input = input;
        _values = values;
        _spec = spec;
        _outputs = outputs;
        _isDirect = input.Units <= spec.Features;
        _features = (_isDirect ? input.Units : spec.Features) + 1;
        _weights = entities.Column(Region.Read, "adaptation.weights", checked(outputs * _features));
        _projected = layout.Vector(Region.Scratch, "adaptation.projected", _features);
    }

    /// <summary>Moves the shared answer to that of the step's entity, where it has one with a row.</summary>
    /// <param name="step">The step, after the forward pass.</param>
    /// <param name="prediction">The shared answer; changed in place.</param>
    public void Adapt(in StepContext step, PredictionBuffer prediction)
    {
        if (!step.Moment.HasEntity)
        {
            return;
        }

        Project(step);
        var row = _entities.Row(step);
        prediction.KnowsEntity = row >= 0;
        if (row < 0 || prediction.Count == 0)
        {
            return;
        }

        var scores = prediction.Scores.AsSpan(0, prediction.Count);
        var weights = step.View(_weights.Of(row));
        var most = float.NegativeInfinity;
        for (var i = 0; i < scores.Length; i++)
        {
            var reach = _values is null ? Furthest : Furthest * _values.Deviation(i, step);
            var moved = Math.Clamp(Dot(weights, i, step), -reach, reach);
            if (_values is not null)
            {
                scores[i] += moved;
                continue;
            }

            // Not Max: NaN must reach the guard.
            scores[i] = Elementary.Log(scores[i] < Rarest ? Rarest : scores[i]) + moved;
            most = MathF.Max(most, scores[i]);
        }

        if (_values is null)
        {
            Normalise(scores, most);
            prediction.Label = Reduction.IndexOfMax(scores);
        }
    }

    /// <summary>Loss of the entity's answer.</summary>
    /// <param name="target">The target.</param>
    /// <param name="prediction">The entity's answer.</param>
    /// <param name="shared">Loss of the shared answer.</param>
    /// <param name="step">The step.</param>
    /// <returns>The loss, in the head's unit; the shared one where the entity has nothing to add.</returns>
    public float Loss(in HeadTarget target, PredictionBuffer prediction, float shared, in StepContext step)
    {
        if (prediction.KnowsEntity != true)
        {
            return shared;
        }

        if (_values is null)
        {
            return target.Label < prediction.Count ? ClassScore.Of(prediction.Scores[target.Label], target.ClassCount).Loss : shared;
        }

        return _values.Loss(target, prediction.Scores, step);
    }

    /// <summary>Learns from the entity's event.</summary>
    /// <param name="target">The target.</param>
    /// <param name="prediction">The answer before learning.</param>
    /// <param name="step">A learning step whose entity has a row.</param>
    public void Learn(in HeadTarget target, PredictionBuffer prediction, in StepContext step)
    {
        if (!step.Moment.HasEntity)
        {
            return;
        }

        var weights = step.Write(_weights.Of(_entities.Row(step)));
        var projected = step.View(_projected)[.._features];
        var rate = MathF.Min(step.Weight, 1f) * _spec.Rate / Reduction.SumOfSquares(projected);
        var count = _values is null ? target.ClassCount : _outputs;
        for (var i = 0; i < count; i++)
        {
            // Labels count in nats; of a first target the unit is not known, and 0.
            var unit = _values is null ? 1f : _values.DeviationWith(i, (float)target.Values[i], step);
            var error = _values is null
                ? Curvature * ((i == target.Label ? 1f : 0f) - (i < prediction.Count ? prediction.Scores[i] : 0f))
                : Math.Clamp((float)(target.Values[i] - prediction.Scores[i]), -Furthest * unit, Furthest * unit);
            var own = weights.Slice(i * _features, _features);
            for (var k = 0; k < own.Length; k++)
            {
                own[k] = Math.Clamp(MathF.FusedMultiplyAdd(rate * error, projected[k], (1f - _spec.Decay) * own[k]), -LargestWeight * unit, LargestWeight * unit);
            }
        }
    }

    private static void Normalise(Span<float> scores, float most)
    {
        var sum = 0f;
        foreach (ref var score in scores)
        {
            score = Elementary.Exp(MathF.Max(score - most, -80f));
            sum += score;
        }

        RowKernels.Scale(scores, 1f / sum, scores);
    }

    private float Dot(ReadOnlySpan<float> weights, int output, in StepContext step)
    {
        var own = weights.Slice(output * _features, _features);
        var projected = step.View(_projected);
        var sum = 0f;
        for (var k = 0; k < own.Length; k++)
        {
            sum = MathF.FusedMultiplyAdd(own[k], projected[k], sum);
        }

        return sum;
    }

    private void Project(in StepContext step)
    {
        var projected = step.Write(_projected)[.._features];
        projected.Clear();
        projected[0] = 1f;
        var rows = _input.Active(step);
        var values = _input.Values(step);
        for (var k = 0; k < rows.Length && _features > 1; k++)
        {
            if (rows[k] >= _input.Units)
            {
                continue;
            }

            if (_isDirect)
            {
                projected[1 + rows[k]] += values[k];
                continue;
            }

            var draw = KeyedRandom.Below(2 * (_features - 1), step.Seed, Use, (ulong)rows[k], 0);
            projected[1 + (draw / 2)] += draw % 2 == 0 ? values[k] : -values[k];
        }
    }
}
