using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Modulators;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Populations;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Heads;

/// <summary>
/// Averages of learners of the same numbers. With z the target in units of its running spread, z_i the drive of member i limited to ±10, two more members (the last target, the recent mean target)
/// and e_i = z − z_i, each limited to ±clip · s with s the recent mean error of the answer, for every output on its own:
/// a Σ e^(−(L_i − min L) / 2v) z_i weighs by the faded squared errors L_i ← γ L_i + e_i², γ = 1 − 1 / memory, v = min L over the faded count (Bayesian model averaging with normal errors of the best member's
/// variance; Vovk 1990), and b = Σ softmax(θ)_i z_i moves along the gradient of its squared error over v, θ_i ← θ_i + η (e_b / v) w_i (z_i − b) (stacking, Wolpert 1992, by the softmax-gradient of Jordan and Jacobs 1994).
/// The answer is their mean. Members are credited for their own errors e_i only, so that an outlier teaches no more than a large error (Huber 1964).
/// Loss = mean over outputs of (t − answer)² / running variance of t, the target taken in, so that 1 is what predicting the mean costs.
/// </summary>
/// <remarks>
/// Reserves: mean, variance, last, recent mean and mean error of targets [outputs], faded losses and stacked weights [members + 2, outputs] and two counts in Read; answers and gradients [members + 2, outputs] and errors [members + 3, outputs] in Scratch.
/// </remarks>
public sealed class ValueEnsembleHead : IValueHead
{
    private const float LargestTarget = 1e15f;
    private const float LargestAnswer = 10f;
    private const float LargestSurprise = 4f;
    private const float LargestWeight = 8f;
    private const float LargestStep = 0.5f;
    private const float LeastVariance = 1e-8f;
    private const float TargetMemory = 20_000f;
    private const float RecentMemory = 20f;
    private const float ErrorMemory = 50f;
    private const long FirstClipped = 30;
    private readonly Population[] _members;
    private readonly ValueEnsembleHeadSpec _spec;
    private readonly float _keep;
    private readonly int _outputs;
    private readonly int _stride;
    private readonly int _count;
    private readonly Slot _mean;
    private readonly Slot _variance;
    private readonly Slot _last;
    private readonly Slot _recent;
    private readonly Slot _error;
    private readonly Slot _counts;
    private readonly Slot _fadedCount;
    private readonly Slot _losses;
    private readonly Slot _weights;
    private readonly Slot _answers;
    private readonly Slot _errors;
    private readonly Slot _gradients;

    /// <summary>Reserves the slots.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="members">Populations of the members, one unit per output.</param>
    /// <param name="spec">Memory, rate and clip.</param>
    public ValueEnsembleHead(LayoutBuilder layout, IReadOnlyList<Population> members, ValueEnsembleHeadSpec spec)
    {
        _members = [.. members];
        _spec = spec;
        _keep = 1f - (1f / spec.Memory);
        _outputs = members[0].Units;
        _stride = LayoutBuilder.Padded(_outputs);
        _count = members.Count + 2;
        _mean = layout.Vector(Region.Read, "head.targetMean", _outputs);
        _variance = layout.Vector(Region.Read, "head.targetVariance", _outputs);
        _last = layout.Vector(Region.Read, "head.lastTarget", _outputs);
        _recent = layout.Vector(Region.Read, "head.recentTarget", _outputs);
        _error = layout.Vector(Region.Read, "head.meanError", _outputs);
        _counts = layout.Vector(Region.Read, "head.targetCount", 2);
        _fadedCount = layout.Vector(Region.Read, "head.fadedCount", 1);
        _losses = layout.Matrix(Region.Read, "head.fadedLosses", _count, _outputs);
        _weights = layout.Matrix(Region.Read, "head.stackedWeights", _count, _outputs);
        _answers = layout.Matrix(Region.Scratch, "head.answers", _count, _outputs);
        _errors = layout.Matrix(Region.Scratch, "head.errors", _count + 1, _outputs);
        _gradients = layout.Matrix(Region.Scratch, "head.gradients", _count, _outputs);
    }

    /// <inheritdoc/>
    public void Read(int classCount, in StepContext step, PredictionBuffer prediction)
    {
        var values = prediction.Prepare(_outputs);
        for (var output = 0; output < _outputs; output++)
        {
            Ask(output, step);
            values[output] = InUnits(output, (Averaged(output, step) + Stacked(output, step)) / 2f, step);
        }
    }

    /// <inheritdoc/>
    public StepOutcome Score(in HeadTarget target, in StepContext step)
    {
        foreach (var member in _members)
        {
            step.Write(member.Credit).Clear();
        }

        var loss = 0f;
        for (var output = 0; output < _outputs; output++)
        {
            var value = (float)target.Values[output];
            if (!(MathF.Abs(value) <= LargestTarget))
            {
                // Its square would overflow the running statistics: the guard refuses an infinite loss.
                loss = float.PositiveInfinity;
                continue;
            }

            Ask(output, step);
            loss += ScoreOutput(output, value, step) / _outputs;
        }

        return new StepOutcome { IsScored = true, Loss = loss, Surprise = Math.Clamp(loss, 0f, LargestSurprise) };
    }

    /// <inheritdoc/>
    public void Commit(in HeadTarget target, in StepContext step)
    {
        var importance = MathF.Min(step.Weight, 1f);
        var count = ++step.WriteLongs(_counts)[0];
        var faded = step.Write(_fadedCount);
        faded[0] = (_keep * faded[0]) + importance;
        var losses = step.Write(_losses);
        var weights = step.Write(_weights);
        for (var output = 0; output < _outputs; output++)
        {
            for (var i = 0; i < _count; i++)
            {
                var at = (i * _stride) + output;
                var error = step.View(_errors)[at];
                losses[at] = (_keep * losses[at]) + (importance * error * error);
                weights[at] = Math.Clamp(weights[at] + (importance * step.View(_gradients)[at]), -LargestWeight, LargestWeight);
            }

            Take((float)target.Values[output], output, count, step);
        }
    }

    /// <inheritdoc/>
    public float Deviation(int output, in StepContext step) => Deviation(step.View(_variance)[output]);

    /// <inheritdoc/>
    public float DeviationWith(int output, float value, in StepContext step)
    {
        var count = step.ViewLongs(_counts)[0];
        return count == 0 ? 0f : Including(output, value, count + 1, step).Deviation;
    }

    /// <inheritdoc/>
    public float Loss(in HeadTarget target, ReadOnlySpan<float> answer, in StepContext step)
    {
        var count = step.ViewLongs(_counts)[0];
        if (count == 0)
        {
            return 1f;
        }

        var loss = 0f;
        for (var output = 0; output < _outputs; output++)
        {
            var value = (float)target.Values[output];
            var error = (value - answer[output]) / Including(output, value, count + 1, step).Deviation;
            loss += error * error / _outputs;
        }

        return loss;
    }

    /// <summary>Credit, loss and gradients of one output; writes scratch only.</summary>
    private float ScoreOutput(int output, float value, in StepContext step)
    {
        var count = step.ViewLongs(_counts)[0];
        var (mean, deviation) = Including(output, value, count + 1, step);
        var z = (value - mean) / deviation;
        var limit = count < FirstClipped ? float.MaxValue : _spec.Clip * MathF.Max(step.View(_error)[output], 1e-6f);
        var stacked = Stacked(output, step);
        var answer = (Averaged(output, step) + stacked) / 2f;
        var best = float.PositiveInfinity;
        for (var i = 0; i < _count; i++)
        {
            best = MathF.Min(best, step.View(_losses)[(i * _stride) + output]);
        }

        var variance = MathF.Max(best / MathF.Max(step.View(_fadedCount)[0], 1f), LeastVariance);
        var slope = _spec.Rate * Limit(z - stacked, limit) / variance;
        var shares = ShareOfStack(output, step);
        var errors = step.Write(_errors);
        var gradients = step.Write(_gradients);
        for (var i = 0; i < _count; i++)
        {
            var at = (i * _stride) + output;
            var own = step.View(_answers)[at];
            errors[at] = Limit(z - own, limit);
            gradients[at] = Math.Clamp(slope * Elementary.Exp(step.View(_weights)[at] - shares.Highest) / shares.Sum * (own - stacked), -LargestStep, LargestStep);
            if (i < _members.Length)
            {
                step.Write(_members[i].Credit)[output] = Limit(z - step.View(_members[i].Drive)[output], limit);
            }
        }

        errors[(_count * _stride) + output] = Limit(z - answer, limit);

        // Of the first target nothing is known, so it costs what knowing nothing costs.
        var error = (value - InUnits(output, answer, step)) / deviation;
        return count == 0 ? 1f : error * error;
    }

    /// <summary>Answers of all members to one output.</summary>
    private void Ask(int output, in StepContext step)
    {
        var answers = step.Write(_answers);
        for (var i = 0; i < _members.Length; i++)
        {
            answers[(i * _stride) + output] = Limit(step.View(_members[i].Drive)[output], LargestAnswer);
        }

        var (mean, deviation) = (step.View(_mean)[output], Deviation(step.View(_variance)[output]));
        answers[(_members.Length * _stride) + output] = Limit((step.View(_last)[output] - mean) / deviation, LargestAnswer);
        answers[((_members.Length + 1) * _stride) + output] = Limit((step.View(_recent)[output] - mean) / deviation, LargestAnswer);
    }

    private float Averaged(int output, in StepContext step)
    {
        var losses = step.View(_losses);
        var best = losses[output];
        for (var i = 1; i < _count; i++)
        {
            best = MathF.Min(best, losses[(i * _stride) + output]);
        }

        var scale = 0.5f / MathF.Max(best / MathF.Max(step.View(_fadedCount)[0], 1f), LeastVariance);
        var (sum, shares) = (0f, 0f);
        for (var i = 0; i < _count; i++)
        {
            var at = (i * _stride) + output;
            var share = Elementary.Exp(scale * (best - losses[at]));
            shares += share;
            sum = MathF.FusedMultiplyAdd(share, step.View(_answers)[at], sum);
        }

        return sum / shares;
    }

    private float Stacked(int output, in StepContext step)
    {
        var shares = ShareOfStack(output, step);
        var sum = 0f;
        for (var i = 0; i < _count; i++)
        {
            var at = (i * _stride) + output;
            sum = MathF.FusedMultiplyAdd(Elementary.Exp(step.View(_weights)[at] - shares.Highest), step.View(_answers)[at], sum);
        }

        return sum / shares.Sum;
    }

    private (float Highest, float Sum) ShareOfStack(int output, in StepContext step)
    {
        var weights = step.View(_weights);
        var (highest, sum) = (weights[output], 0f);
        for (var i = 1; i < _count; i++)
        {
            highest = MathF.Max(highest, weights[(i * _stride) + output]);
        }

        for (var i = 0; i < _count; i++)
        {
            sum += Elementary.Exp(weights[(i * _stride) + output] - highest);
        }

        return (highest, sum);
    }

    private void Take(float value, int output, long count, in StepContext step)
    {
        var mean = step.Write(_mean);
        var variance = step.Write(_variance);
        var memory = MathF.Min(count, TargetMemory);
        var before = value - mean[output];
        mean[output] += before / memory;
        variance[output] += ((before * (value - mean[output])) - variance[output]) / memory;
        step.Write(_last)[output] = value;
        var recent = step.Write(_recent);
        recent[output] += (value - recent[output]) / MathF.Min(count, RecentMemory);

        // The limited error: one outlier does not open the door to the next, many in a row do.
        var error = step.Write(_error);
        error[output] += (MathF.Abs(step.View(_errors)[(_count * _stride) + output]) - error[output]) / MathF.Min(count, ErrorMemory);
    }

    /// <summary>Mean and deviation with this target taken in: a target far from all before it is then a few deviations away, not thousands.</summary>
    private (float Mean, float Deviation) Including(int output, float value, long count, in StepContext step)
    {
        var memory = MathF.Min(count, TargetMemory);
        var before = value - step.View(_mean)[output];
        var mean = step.View(_mean)[output] + (before / memory);
        var variance = step.View(_variance)[output];
        return (mean, Deviation(variance + (((before * (value - mean)) - variance) / memory)));
    }

    private float InUnits(int output, float z, in StepContext step) =>
        MathF.FusedMultiplyAdd(z, Deviation(step.View(_variance)[output]), step.View(_mean)[output]);

    private static float Deviation(float variance) => variance > 1e-24f ? MathF.Sqrt(variance) : 1f;

    // Not Clamp: NaN must reach the guard.
    private static float Limit(float value, float limit) => value > limit ? limit : value < -limit ? -limit : value;
}
