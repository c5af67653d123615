using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Modulators;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Heads;

/// <summary>
/// A mixture of learners, each with a population and a head of its own, weighed by recent surprise. With p_i the probabilities of member i, limited to [0.01, 0.99],
/// two geometric mixtures q = softmax(Σ w_i ln p_i) move their weights along the gradient of the log-loss, w_i ← w_i + η (ln p_i[c] − Σ_k q[k] ln p_i[k])
/// (Mattern 2013, eq. 4; the gated linear network of Veness et al. 2021 without its gates), a fast and a slow one; a third, linear mixture weighs by exp(−L_i) with the faded log-loss
/// L_i ← γ L_i − ln p_i[c], γ = 1 − 1 / memory (Vovk 1990). The mean of the three is m. Members are credited for their own errors only.
/// Members that follow what comes forget what does not, and are weighed by what comes. So for classes that have stopped coming (<see cref="AbsentClasses"/>), A, the members that retain answer alone:
/// with r = softmax(β ln r̄), r̄ the mean of their probabilities, the answer is r[k] for k in A and (1 − Σ_A r) m[k] / Σ_{j ∉ A} m[j] for the others (the gate and the experts of Jacobs et al. 1991);
/// while nothing is absent it is m. β makes r as sure as it is right (Guo et al. 2017, temperature scaling): it is the weight of a geometric mixture of one input and moves as the fast ones do.
/// With label contexts all of this is about percepts, classes as they were first called, and the context in force names them (<see cref="LabelContexts"/>); its evidence is what the members that retain say,
/// because the others have learned new names before enough has come together.
/// </summary>
/// <remarks>
/// Reserves: weights of the two mixtures and faded losses [members], β − 1 behind the fast weights, in Read; log-probabilities [members + 1, classes], mixtures and r [4, classes], r̄, what falls to absent classes and the answer
/// [3, classes], gradients [2, members + 1], and the event, classes and percept that were scored in Scratch.
/// </remarks>
public sealed class EnsembleHead : IHead, IInitialise
{
    private const float Rarest = 0.01f;
    private const float FirstWeight = 0.3f;
    private const float LeastWeight = -0.2f;
    private const float LargestWeight = 3f;
    private const float LargestGradient = 8f;
    private const float Sure = 0.5f;
    private const int Fast = 0;
    private const int Slow = 1;
    private const int Linear = 2;
    private const int Retained = 3;
    private const int Event = 0;
    private const int Classes = 1;
    private const int Percept = 2;
    private readonly IClassHead[] _members;
    private readonly bool[] _retains;
    private readonly float _retainers;
    private readonly AbsentClasses? _absent;
    private readonly RecentLabels? _recent;
    private readonly LabelContexts? _contexts;
    private readonly int _count;
    private readonly float[] _rates;
    private readonly float _keep;
    private readonly int _stride;
    private readonly Slot[] _weights;
    private readonly Slot _losses;
    private readonly Slot _logs;
    private readonly Slot _mixtures;
    private readonly Slot _retained;
    private readonly Slot _kept;
    private readonly Slot _answer;
    private readonly Slot[] _gradients;
    private readonly Slot _mixed;

    /// <summary>Reserves weights and scratch.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="members">Heads of the members.</param>
    /// <param name="classes">Classes that fit.</param>
    /// <param name="spec">Rates and memory.</param>
    /// <param name="contexts">Situations in which names are exchanged, or null.</param>
    public EnsembleHead(LayoutBuilder layout, IReadOnlyList<IClassHead> members, int classes, EnsembleHeadSpec spec, LabelContexts? contexts = null)
    {
        _contexts = contexts;
        _members = [.. members];
        _retains = [.. spec.Members.Select(member => member.Retains)];
        _retainers = _retains.Count(retains => retains);
        _absent = _retainers > 0f ? new AbsentClasses(layout, classes, spec.Absence) : null;
        _recent = spec.Recent ? new RecentLabels(layout, classes) : null;
        _count = members.Count + (spec.Recent ? 1 : 0);
        _rates = [spec.FastRate, spec.SlowRate];
        _keep = 1f - (1f / spec.Memory);
        _stride = LayoutBuilder.Padded(classes);
        _weights = [layout.Vector(Region.Read, "head.fastWeights", _count + 1), layout.Vector(Region.Read, "head.slowWeights", _count)];
        _losses = layout.Vector(Region.Read, "head.fadedLosses", _count);
        _logs = layout.Matrix(Region.Scratch, "head.logProbabilities", _count + 1, classes);
        _mixtures = layout.Matrix(Region.Scratch, "head.mixtures", 4, classes);
        _retained = layout.Vector(Region.Scratch, "head.retained", classes);
        _kept = layout.Vector(Region.Scratch, "head.kept", classes);
        _answer = layout.Vector(Region.Scratch, "head.answer", classes);
        _gradients = [layout.Vector(Region.Scratch, "head.fastGradients", _count + 1), layout.Vector(Region.Scratch, "head.slowGradients", _count)];
        _mixed = layout.Memo("head.mixed", 6);
    }

    /// <inheritdoc/>
    public void Initialise(in StepContext step)
    {
        foreach (var weights in _weights)
        {
            // What looks at no features has to earn its weight.
            step.Write(weights)[.._members.Length].Fill(FirstWeight);
        }
    }

    /// <inheritdoc/>
    public void Read(int classCount, in StepContext step, PredictionBuffer prediction)
    {
        var scores = prediction.Prepare(classCount);
        Mix(classCount, step);
        if (step.IsLearning)
        {
            var mixed = step.WriteLongs(_mixed);
            (mixed[Event], mixed[Classes]) = (step.Sequence, classCount);
        }

        var answer = step.View(_answer)[..classCount];
        for (var percept = 0; percept < classCount; percept++)
        {
            scores[NameOf(percept, step)] = answer[percept];
        }

        prediction.Label = Reduction.IndexOfMax(scores);
    }

    /// <inheritdoc/>
    public StepOutcome Score(in HeadTarget target, in StepContext step)
    {
        var taught = Taught(target, step);
        foreach (var member in _members)
        {
            member.Score(taught, step);
        }

        // What was read of this event and for as many classes still stands; once only, for what is learned again later in the event is another input.
        var mixed = step.WriteLongs(_mixed);
        if (mixed[Event] != step.Sequence || mixed[Classes] != target.ClassCount)
        {
            Mix(target.ClassCount, step);
        }

        (mixed[Classes], mixed[Percept]) = (-1, taught.Label);
        for (var i = 0; i < _count; i++)
        {
            step.Write(_gradients[Fast])[i] = Gradient(Fast, i, taught.Label, step);
            step.Write(_gradients[Slow])[i] = Gradient(Slow, i, taught.Label, step);
        }

        if (_absent is not null)
        {
            step.Write(_gradients[Fast])[_count] = Gradient(Retained, _count, taught.Label, step);
        }

        return ClassScore.Of(step.View(_answer)[taught.Label], target.ClassCount);
    }

    /// <inheritdoc/>
    public void Commit(in HeadTarget target, in StepContext step)
    {
        var importance = MathF.Min(step.Weight, 1f);
        var taught = new HeadTarget { Label = (int)step.ViewLongs(_mixed)[Percept], ClassCount = target.ClassCount };
        foreach (var member in _members)
        {
            member.Commit(taught, step);
        }

        _recent?.Add(taught.Label, taught.ClassCount, step);
        var losses = step.Write(_losses);
        for (var i = 0; i < _count; i++)
        {
            losses[i] = (_keep * losses[i]) - (importance * step.View(_logs)[(i * _stride) + taught.Label]);
            Move(Fast, i, LeastWeight, LargestWeight, importance, step);
            Move(Slow, i, LeastWeight, LargestWeight, importance, step);
        }

        var retained = step.View(_retained)[..target.ClassCount];
        var percept = Reduction.IndexOfMax(retained);
        if (_absent is not null && importance > 0f)
        {
            _absent.Add(taught.Label, retained[percept] >= Sure ? percept : taught.Label, step);
            Move(Fast, _count, -1f, LargestWeight - 1f, importance, step);
        }

        _contexts?.Observe(target.Label, percept, retained[percept], step);
    }

    /// <summary>Of ln q[label] by the weight of an input of q.</summary>
    private float Gradient(int mixture, int input, int label, in StepContext step)
    {
        var logs = step.View(_logs).Slice(input * _stride, _stride);
        return Math.Clamp(logs[label] - Reduction.Dot(step.View(_mixtures).Slice(mixture * _stride, _stride), logs), -LargestGradient, LargestGradient);
    }

    private void Move(int speed, int input, float least, float most, float importance, in StepContext step)
    {
        var weights = step.Write(_weights[speed]);
        weights[input] = Math.Clamp(weights[input] + (importance * _rates[speed] * step.View(_gradients[speed])[input]), least, most);
    }

    private int NameOf(int percept, in StepContext step) => _contexts is null ? percept : _contexts.LabelOf(percept, step);

    /// <summary>The percept that is called so: names are exchanged, never shared, so there is one.</summary>
    private HeadTarget Taught(in HeadTarget target, in StepContext step)
    {
        var percept = 0;
        while (NameOf(percept, step) != target.Label)
        {
            percept++;
        }

        return new HeadTarget { Label = percept, ClassCount = target.ClassCount };
    }

    private void Mix(int classCount, in StepContext step)
    {
        var mixtures = step.Write(_mixtures);
        mixtures.Clear();
        step.Write(_retained).Clear();
        var linear = mixtures.Slice(Linear * _stride, _stride);
        var losses = step.View(_losses);
        var least = losses[0];
        foreach (var loss in losses[.._count])
        {
            least = MathF.Min(least, loss);
        }

        var shares = 0f;
        for (var i = 0; i < _count; i++)
        {
            var logs = step.Write(_logs).Slice(i * _stride, _stride);
            if (i < _members.Length)
            {
                _members[i].Probabilities(classCount, step, logs[..classCount]);
            }
            else
            {
                _recent!.Probabilities(classCount, step, logs[..classCount]);
            }

            if (i < _retains.Length && _retains[i])
            {
                RowKernels.AddScaled(logs[..classCount], 1f / _retainers, step.Write(_retained)[..classCount]);
            }

            var share = Elementary.Exp(least - losses[i]);
            shares += share;
            RowKernels.AddScaled(logs[..classCount], share, linear[..classCount]);
            for (var k = 0; k < classCount; k++)
            {
                // Not Clamp: NaN must reach the guard.
                var p = logs[k];
                logs[k] = Elementary.Log(p < Rarest ? Rarest : p > 1f - Rarest ? 1f - Rarest : p);
            }

            logs[classCount..].Clear();
            for (var speed = Fast; speed <= Slow; speed++)
            {
                RowKernels.AddScaled(logs, step.View(_weights[speed])[i], mixtures.Slice(speed * _stride, _stride));
            }
        }

        RowKernels.Scale(linear, 1f / shares, linear);
        SoftmaxKernel.Apply(mixtures[.._stride], classCount);
        SoftmaxKernel.Apply(mixtures.Slice(_stride, _stride), classCount);
        var answer = step.Write(_answer);
        for (var k = 0; k < classCount; k++)
        {
            answer[k] = (mixtures[k] + mixtures[_stride + k] + linear[k]) * (1f / 3f);
        }

        if (_absent is not null)
        {
            Sharpen(classCount, step);
            AnswerForAbsent(answer[..classCount], step);
        }
    }

    /// <summary>Makes r of r̄.</summary>
    private void Sharpen(int classCount, in StepContext step)
    {
        var retained = step.View(_retained);
        var logs = step.Write(_logs).Slice(_count * _stride, _stride);
        logs.Clear();
        for (var k = 0; k < classCount; k++)
        {
            // Not Max: NaN must reach the guard.
            logs[k] = Elementary.Log(retained[k] < ClassScore.SmallestProbability ? ClassScore.SmallestProbability : retained[k]);
        }

        var sharp = step.Write(_mixtures).Slice(Retained * _stride, _stride);

        // Kept less one: a slot of zeros takes what they say as it is.
        RowKernels.AddScaled(logs, 1f + step.View(_weights[Fast])[_count], sharp);
        SoftmaxKernel.Apply(sharp, classCount);
    }

    private void AnswerForAbsent(Span<float> answer, in StepContext step)
    {
        var sharp = step.View(_mixtures).Slice(Retained * _stride, _stride);
        var kept = step.Write(_kept)[..answer.Length];
        var (absent, present) = (0f, 0f);
        for (var k = 0; k < kept.Length; k++)
        {
            kept[k] = _absent!.IsAbsent(k, step) ? sharp[k] : 0f;
            absent += kept[k];
            present += kept[k] > 0f ? 0f : answer[k];
        }

        // The class that came last is never absent, so something is present.
        var scale = (1f - absent) / present;
        for (var k = 0; absent > 0f && k < kept.Length; k++)
        {
            answer[k] = kept[k] > 0f ? kept[k] : scale * answer[k];
        }
    }
}
