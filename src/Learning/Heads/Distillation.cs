using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Maintenance;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Populations;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Heads;

/// <summary>
/// Learning without forgetting (Li and Hoiem 2017, eq. 2–3): the loss of an event gains λ T² Σ_groups −Σ q ln p, with p = softmax(drive / T) of the learner and
/// q = softmax(drive / T) of the teacher (the weights at the last consolidation) on the same input, over the classes the teacher knew;
/// so the credit of a class gains λ T (q − p). With scope <c>task</c> the classes last seen in one task are a group, else all are one.
/// Deviation: the factor T² of Hinton, Vinyals and Dean 2015, with which λ does not depend on T.
/// </summary>
/// <remarks>
/// Reserves, after every other part: a copy of each Read slot, and for each class one plus the number of its group's first class as int32 (0: not known to the teacher),
/// in Plastic; the teacher's drive and the sums of groups [classes] in Scratch. Copies lie as the originals do, so the forward pass runs over them unchanged.
/// </remarks>
public sealed class Distillation : IConsolidate
{
    private readonly Population _output;
    private readonly SoftmaxHead _head;
    private readonly DistillationSpec _spec;
    private readonly Slot _everything;
    private readonly Slot _copy;
    private readonly Slot _groups;
    private readonly Slot _teacher;
    private readonly Slot _learner;
    private readonly Slot _teacherGroup;
    private readonly Slot _learnerGroup;

    /// <summary>Reserves the copy; call it when every other part has reserved.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="output">The last population.</param>
    /// <param name="head">The head, which knows the tasks of classes.</param>
    /// <param name="spec">λ and T.</param>
    public Distillation(LayoutBuilder layout, Population output, SoftmaxHead head, DistillationSpec spec)
    {
        ArgumentNullException.ThrowIfNull(layout);
        _output = output;
        _head = head;
        _spec = spec;
        _groups = layout.Vector(Region.Plastic, "distillation.groups", output.Units);
        _teacher = layout.Vector(Region.Scratch, "distillation.teacher", output.Units);
        _learner = layout.Vector(Region.Scratch, "distillation.learner", output.Units);
        _teacherGroup = layout.Vector(Region.Scratch, "distillation.teacherGroup", output.Units);
        _learnerGroup = layout.Vector(Region.Scratch, "distillation.learnerGroup", output.Units);
        (_everything, _copy) = layout.Mirror(Region.Read, Region.Plastic, "teacher");
    }

    /// <summary>Whether there is a teacher yet.</summary>
    /// <param name="step">A learning step.</param>
    /// <returns>True after the first consolidation with a known class.</returns>
    public bool HasTeacher(in StepContext step) => step.ViewIntegers(_groups).ContainsAnyExcept(0);

    /// <summary>A step that reads the teacher where others read the model.</summary>
    /// <param name="step">A learning step.</param>
    /// <returns>The step, as a predict.</returns>
    public StepContext AsTeacher(in StepContext step) => step.Reading(_copy);

    /// <summary>Keeps the teacher's answer, which a forward pass over <see cref="AsTeacher"/> has left in the output's drive.</summary>
    /// <param name="bound">Largest magnitude that can be learned from.</param>
    /// <param name="step">A learning step.</param>
    /// <returns>False where the answer is beyond the bound.</returns>
    public bool Keep(float bound, in StepContext step)
    {
        var drive = step.View(_output.Drive);
        drive.CopyTo(step.Write(_teacher));
        return Reduction.IsBounded(drive, bound);
    }

    /// <summary>Adds λ T (q − p) to the credit of the classes that the teacher knew.</summary>
    /// <param name="step">A learning step, scored by the head.</param>
    public void AddCredit(in StepContext step)
    {
        var groups = step.ViewIntegers(_groups);
        var credit = step.Write(_output.Credit);
        var teacher = step.Write(_teacher);
        var learner = step.Write(_learner);
        step.View(_output.Drive).CopyTo(learner);
        Soften(groups, teacher, step.Write(_teacherGroup));
        Soften(groups, learner, step.Write(_learnerGroup));
        var factor = _spec.Strength * _spec.Temperature;
        for (var i = 0; i < groups.Length; i++)
        {
            if (groups[i] > 0)
            {
                credit[i] += factor * (teacher[i] - learner[i]);
            }
        }
    }

    /// <inheritdoc/>
    public void Consolidate(in StepContext step)
    {
        step.View(_everything).CopyTo(step.Write(_copy));
        var tasks = _head.LastTasks(step);
        var groups = step.WriteIntegers(_groups);
        for (var i = 0; i < tasks.Length; i++)
        {
            var first = 0;
            while (first < i && (tasks[first] == 0 || (_head.IsByTask && tasks[first] != tasks[i])))
            {
                first++;
            }

            groups[i] = tasks[i] == 0 ? 0 : first + 1;
        }
    }

    /// <summary>Softmax of values / T within every group; <paramref name="perGroup"/> is indexed by a group's first class.</summary>
    private void Soften(ReadOnlySpan<int> groups, Span<float> values, Span<float> perGroup)
    {
        for (var i = 0; i < groups.Length; i++)
        {
            if (groups[i] > 0)
            {
                var first = groups[i] - 1;
                perGroup[first] = i == first ? values[i] : MathF.Max(perGroup[first], values[i]);
            }
        }

        var sharpness = 1f / _spec.Temperature;
        for (var i = 0; i < groups.Length; i++)
        {
            values[i] = groups[i] > 0 ? sharpness * (values[i] - perGroup[groups[i] - 1]) : 0f;
        }

        ref var start = ref MemoryMarshal.GetReference(values);
        for (nuint i = 0; i < (nuint)values.Length; i += 16)
        {
            Elementary.Exp(Vector512.LoadUnsafe(ref start, i)).StoreUnsafe(ref start, i);
        }

        perGroup.Clear();
        for (var i = 0; i < groups.Length; i++)
        {
            values[i] = groups[i] > 0 ? values[i] : 0f;
            perGroup[Math.Max(0, groups[i] - 1)] += values[i];
        }

        for (var i = 0; i < groups.Length; i++)
        {
            values[i] = groups[i] > 0 ? values[i] / perGroup[groups[i] - 1] : 0f;
        }
    }
}
