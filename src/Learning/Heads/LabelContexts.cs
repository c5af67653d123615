using LifelongApi.Learning.Modulators;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Rules;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Heads;

/// <summary>
/// Situations in which the same things have other labels (the task sets of Collins and Koechlin 2012): context c calls percept a by the label π_c(a), where the percept is the class
/// whose drive is largest, and the readout is taught the percept, not its name. So a change of names leaves the readout alone and is taken back by one switch.
/// Evidence is a one-sided sum of log likelihood ratios (Page 1954), E ← max(0, E + d): d = ln(ρ / (1 − r)) where label y came with another percept than the ones so called and
/// d = ln(1 − ρ) where it came with one of them, ρ = 0.99 being how surely a renamed thing is taken for what it was, and r ≤ 0.9 the recall of y lately (of the ratio's r below a
/// right answer its bound, 1, is taken).
/// E_c gathers it for a stored context c over the events on which c and the present one differ, u_a for the label that percept a is given instead of π(a).
/// While unexpected uncertainty is above 0: E_c ≥ 4 returns to c; otherwise Σ u_a ≥ 18 over percepts with u_a ≥ 4 makes a new context from the present one with these renamed;
/// a context younger than 1,000 events still renames a percept at u_a ≥ 6. At r = 0.9 these are 2, 8, 2 and 3 contradictions that nothing spoke against.
/// </summary>
/// <remarks>
/// Only what is known counts: label and percept were each learned more than 50 times, the percept is answered with at least a half, and the input is familiar, which is that its
/// leverage hᵀPh on the readout is at most twice the running mean. A class that is only being told apart from one like it has a low recall, so its mistakes weigh little and
/// every right answer takes back more; new classes and new kinds of input are therefore not mistaken for contradictions.
/// Deviation: Collins and Koechlin weigh reliabilities by Bayes; a sum of log likelihood ratios is the same decision for equally reliable contexts.
/// Reserves: the present context and the labels of every context but the first in Read; evidence, rivals, label counts, recall and mean leverage in Plastic.
/// </remarks>
public sealed class LabelContexts
{
    private const int Mature = 50;
    private const int YoungEvents = 1000;
    private const float Confident = 0.5f;
    private const float Familiar = 2f;
    private const float LeverageEvents = 1000f;
    private const float Recognised = 0.99f;
    private const float HighestRecall = 0.9f;
    private const float RecallEvents = 50f;
    private const float EvidenceToReturn = 4f;
    private const float EvidenceToRename = 6f;
    private const float EvidenceOfRival = 4f;
    private const float EvidenceToCreate = 18f;
    private const int Present = 0;
    private const int Known = 1;
    private readonly ModulatorLevel _level;
    private readonly RecursiveLeastSquaresRule? _readout;
    private readonly Slot _state;
    private readonly Slot[] _labels;
    private readonly Slot _evidence;
    private readonly Slot _rivals;
    private readonly Slot _rivalEvidence;
    private readonly Slot _counts;
    private readonly Slot _recall;
    private readonly Slot _leverage;
    private readonly Slot _ages;

    /// <summary>Reserves the slots.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="contexts">Contexts that can be kept, 2 or more.</param>
    /// <param name="capacity">Classes that fit.</param>
    /// <param name="level">Unexpected uncertainty.</param>
    /// <param name="readout">The rule whose leverage tells what is familiar; null: everything is.</param>
    public LabelContexts(LayoutBuilder layout, int contexts, int capacity, ModulatorLevel level, RecursiveLeastSquaresRule? readout)
    {
        _level = level;
        _readout = readout;
        _state = layout.Vector(Region.Read, "head.context", 2);
        _labels = [.. Enumerable.Range(1, contexts - 1).Select(context => layout.Vector(Region.Read, $"head.context{context}.labels", capacity))];
        _evidence = layout.Vector(Region.Plastic, "head.contextEvidence", contexts);
        _rivals = layout.Vector(Region.Plastic, "head.rivals", capacity);
        _rivalEvidence = layout.Vector(Region.Plastic, "head.rivalEvidence", capacity);
        _counts = layout.Vector(Region.Plastic, "head.labelCounts", capacity);
        _recall = layout.Vector(Region.Plastic, "head.recall", capacity);
        _leverage = layout.Vector(Region.Plastic, "head.meanLeverage", 1);
        _ages = layout.Vector(Region.Plastic, "head.contextAges", 4);
    }

    /// <summary>The context in force; 0 is the one in which percepts are called what they were first called.</summary>
    /// <param name="step">The step.</param>
    /// <returns>0 … contexts − 1.</returns>
    public int Active(in StepContext step) => step.ViewIntegers(_state)[Present];

    /// <summary>What the context in force calls a percept.</summary>
    /// <param name="percept">Class whose drive is largest.</param>
    /// <param name="step">The step.</param>
    /// <returns>The label.</returns>
    public int LabelOf(int percept, in StepContext step) => LabelOf(Active(step), percept, step);

    /// <summary>Takes an event in: gathers evidence and changes context where it suffices. Once per learned event, after the modulators.</summary>
    /// <param name="label">The label.</param>
    /// <param name="percept">Class whose drive is largest.</param>
    /// <param name="confidence">Share of the percept in the answer, 0 … 1.</param>
    /// <param name="step">A learning step.</param>
    public void Observe(int label, int percept, float confidence, in StepContext step)
    {
        if (step.Weight == 0f)
        {
            return;
        }

        var counts = step.WriteIntegers(_counts);
        counts[label] = Math.Min(counts[label] + 1, int.MaxValue - 1);
        step.WriteLongs(_ages)[0]++;
        var active = Active(step);
        var explained = LabelOf(active, percept, step) == label;
        var familiar = IsFamiliar(step);
        var evidence = EvidenceOf(label, explained, counts[label], step);
        if (!explained && (!familiar || counts[label] <= Mature || counts[percept] <= Mature || confidence < Confident))
        {
            return;
        }

        WeighStored(active, percept, label, explained, evidence, step);
        WeighRival(percept, label, explained, evidence, step);
        if (!explained && _level.Read(step) > 0f && !Return(active, step))
        {
            Rename(active, percept, step);
        }
    }

    private int LabelOf(int context, int percept, in StepContext step)
    {
        // A label is kept plus one, so that a slot of zeros, and a class that grew in later, names everything by itself.
        var named = context == 0 ? 0 : step.ViewIntegers(_labels[context - 1])[percept];
        return named == 0 ? percept : named - 1;
    }

    private bool IsFamiliar(in StepContext step)
    {
        if (_readout is null)
        {
            return true;
        }

        var leverage = _readout.LeverageOf(step);
        var events = step.WriteLongs(_ages)[1]++;
        var mean = step.Write(_leverage);
        var familiar = leverage <= Familiar * mean[0];
        mean[0] += (leverage - mean[0]) / MathF.Min(events + 1, LeverageEvents);
        return familiar;
    }

    /// <summary>What an event says for names other than those in force: a log likelihood ratio. Then takes the event into the recall of its label.</summary>
    private float EvidenceOf(int label, bool explained, int count, in StepContext step)
    {
        var recall = step.Write(_recall);
        var mistaken = 1f - MathF.Min(recall[label], HighestRecall);
        recall[label] += ((explained ? 1f : 0f) - recall[label]) / MathF.Min(count, RecallEvents);
        return explained ? Elementary.Log(1f - Recognised) : MathF.Max(0f, Elementary.Log(Recognised / mistaken));
    }

    private void WeighStored(int active, int percept, int label, bool explained, float amount, in StepContext step)
    {
        var evidence = step.Write(_evidence);
        for (var context = 0; context <= step.ViewIntegers(_state)[Known]; context++)
        {
            if (context != active && LabelOf(context, percept, step) == label != explained)
            {
                evidence[context] = MathF.Max(0f, evidence[context] + amount);
            }
        }
    }

    private void WeighRival(int percept, int label, bool explained, float amount, in StepContext step)
    {
        var rivals = step.WriteIntegers(_rivals);
        var evidence = step.Write(_rivalEvidence);
        if (!explained && (evidence[percept] == 0f || rivals[percept] == label))
        {
            rivals[percept] = label;
            evidence[percept] += amount;
        }
        else
        {
            evidence[percept] = MathF.Max(0f, evidence[percept] - MathF.Abs(amount));
        }

        // Where a label still comes with what it always named, others that were taken for it are mistakes, not a new name.
        for (var other = 0; explained && other < evidence.Length; other++)
        {
            if (other != percept && evidence[other] > 0f && rivals[other] == label)
            {
                evidence[other] = MathF.Max(0f, evidence[other] + amount);
            }
        }
    }

    private bool Return(int active, in StepContext step)
    {
        var best = Reduction.IndexOfMax(step.View(_evidence)[..(1 + _labels.Length)]);
        if (best == active || step.View(_evidence)[best] < EvidenceToReturn)
        {
            return false;
        }

        Enter(best, age: YoungEvents, step);
        return true;
    }

    private void Rename(int active, int percept, in StepContext step)
    {
        var rivals = step.ViewIntegers(_rivals);
        var evidence = step.Write(_rivalEvidence);
        if (active > 0 && step.ViewLongs(_ages)[0] < YoungEvents)
        {
            if (evidence[percept] >= EvidenceToRename)
            {
                step.WriteIntegers(_labels[active - 1])[percept] = rivals[percept] + 1;
                evidence[percept] = 0f;
            }

            return;
        }

        var known = step.ViewIntegers(_state)[Known];
        var total = 0f;
        foreach (var one in evidence)
        {
            total += one >= EvidenceOfRival ? one : 0f;
        }

        if (total < EvidenceToCreate || known == _labels.Length)
        {
            return;
        }

        var labels = step.WriteIntegers(_labels[known]);
        for (var a = 0; a < labels.Length; a++)
        {
            labels[a] = evidence[a] >= EvidenceOfRival ? rivals[a] + 1 : active == 0 ? 0 : step.ViewIntegers(_labels[active - 1])[a];
        }

        step.WriteIntegers(_state)[Known] = known + 1;
        Enter(known + 1, age: 0, step);
    }

    private void Enter(int context, int age, in StepContext step)
    {
        step.WriteIntegers(_state)[Present] = context;
        step.WriteLongs(_ages)[0] = age;
        step.Write(_evidence).Clear();
        step.Write(_rivalEvidence).Clear();
    }
}
