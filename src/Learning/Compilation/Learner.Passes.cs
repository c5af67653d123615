using LifelongApi.Learning.Heads;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.State;
using LifelongApi.Learning.Transforms;

namespace LifelongApi.Learning.Compilation;

/// <content>Extra passes of the credit assigner that importance observers ask for, before the pass of the loss. They write scratch only.</content>
public sealed partial class Learner
{
    private bool MakePasses(in HeadTarget target, in StepContext step) =>
        _passes.Length == 0 || (MakePass(CreditPassKind.Sensitivity, target, step) && MakePass(CreditPassKind.Curvature, target, step));

    private bool MakePass(CreditPassKind kind, in HeadTarget target, in StepContext step)
    {
        var isMade = false;
        foreach (var pass in _passes)
        {
            if (pass.Kind != kind || !pass.IsDue(step))
            {
                continue;
            }

            if (!isMade && !Carry(kind, target, step))
            {
                return false;
            }

            isMade = true;
            pass.Take(step);
        }

        return true;
    }

    private bool Carry(CreditPassKind kind, in HeadTarget target, in StepContext step)
    {
        var output = _populations[^1];
        var credit = step.Write(output.Credit);
        credit.Clear();
        if (kind == CreditPassKind.Sensitivity)
        {
            var count = ClassCapacity > 0 ? target.ClassCount : output.Units;
            RowKernels.Scale(step.View(output.Drive)[..count], 2f, credit[..count]);
            _head.Restrict(target, credit, step);
        }
        else
        {
            ((SoftmaxHead)_head).Scatter(target, (ulong)_clock.Read(step), credit, step);
        }

        _credit.Assign(step);
        return CreditIsBounded(step);
    }
}
