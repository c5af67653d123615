using LifelongApi.Learning.Compilation;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning;

/// <content>More room: the program compiled for other capacities, and the state copied over.</content>
public sealed partial class Model
{
    /// <summary>
    /// More room as an event says: <c>{"classes":32}</c>, or <c>{"population":"hidden","units":48}</c>. A population that this model has not, or that cannot grow, is another model's of the
    /// stream; one that has as many units already keeps them.
    /// </summary>
    private void Grow(in EventInput input)
    {
        var order = GrowthOrder.Read(input.Payload);
        if (order.Classes is { } most)
        {
            Grow(most);
            return;
        }

        var growth = ModelSizes.GrowthOf(Spec);
        var index = Array.FindIndex(growth, part => part.Population == order.Population);
        if (index < 0)
        {
            return;
        }

        var wanted = Math.Min(order.Units, growth[index].MaxUnits);
        if (wanted > _units[index])
        {
            var grown = _units.ToArray();
            grown[index] = wanted;
            Regrow(ClassCapacity, grown, order.Population, _units[index]);
        }

        _learner.SettleGrowth(order.Population!, Step(input.Sequence, 1f));
    }

    /// <summary>Makes room for at least so many classes: 16, 32, 64 … up to the spec's most. A fold of the same events grows at the same event.</summary>
    private void Grow(int classes)
    {
        classes = Math.Min(classes, MaxClasses);
        if (classes <= ClassCapacity)
        {
            return;
        }

        var capacity = Math.Max(1, ClassCapacity);
        while (capacity < classes)
        {
            capacity *= 2;
        }

        Regrow(Math.Min(capacity, MaxClasses), _units);
    }

    /// <summary>Compiles the program for other capacities and copies the state over; units from <paramref name="first"/> on of a population are new.</summary>
    private void Regrow(int capacity, int[] units, string? population = null, int first = 0)
    {
        var program = Compile(ModelSizes.Sized(Spec, units), capacity, _programs);
        var grown = program.Learner;
        var (read, plastic) = Allocate(grown.Layout);
        var working = program.Rent();
        var step = StepContext.Learning(read, plastic, working, Spec.Seed, 0, 1f);
        grown.Initialise(step);
        if (population is not null)
        {
            grown.SilenceNewUnits(population, first, step);
        }

        Layout.Transfer(_learner.Layout, _read.Floats, grown.Layout, read.Floats, Region.Read);
        Layout.Transfer(_learner.Layout, _plastic.Floats, grown.Layout, plastic.Floats, Region.Plastic);
        Dispose();
        (_program, _learner, _units, _read, _plastic, _working) = (program, grown, units, read, plastic, working);
    }
}
